/** The logs of the farm, for those who write them and those who read them. */
import type { Clock } from '../../agent/kit/clock.ts';
import type { Log } from '../../agent/kit/log.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { BlobStore } from '../blobs/ports.ts';
import { type Removal, removalText } from '../blobs/types.ts';
import { type Tell, untold } from '../facts/index.ts';
import { createBreather } from './breather.ts';
import { followLive } from './follow.ts';
import { logLimits } from './limits.ts';
import { blockOf } from './line-index.ts';
import { readChunks } from './log-bytes.ts';
import { type LogSource, lineCount } from './log-source.ts';
import { createLogWriter } from './log-writer.ts';
import { createOpenLogs, type OpenLog } from './open-logs.ts';
import type { LogFiles, SealedLogs } from './ports.ts';
import { createProblemScanner } from './problem-scan.ts';
import type { Problem } from './seal-index.ts';
import { createSealedReader } from './sealed-source.ts';
import { searchLog } from './search.ts';
import type { LogChunk, LogLine, LogStat, Logs, RemovedLog, SealedLog } from './types.ts';
import { readWindow } from './windows.ts';

export interface LogsDeps {
  readonly files: LogFiles;
  readonly sealed: SealedLogs;
  readonly blobs: Pick<BlobStore, 'put' | 'get' | 'stat'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly tell?: Tell;
}

export interface LogsOptions {
  /** A page of a search ends after this long. */
  readonly searchPageMs?: number;
  /** How long a question for the problems of an open log may look through what is new in it. */
  readonly problemsMs?: number;
}

type Found =
  | { readonly kind: 'open'; readonly log: OpenLog }
  | { readonly kind: 'sealed'; readonly log: SealedLog };

export function createLogs(deps: LogsDeps, options: LogsOptions = {}): Logs {
  const { searchPageMs = 500, problemsMs = 250 } = options;
  const scanner = createProblemScanner();
  const reader = createSealedReader(deps.blobs);
  const open = createOpenLogs(deps, scanner);
  const writerDeps = { ...deps, tell: deps.tell ?? untold, reader, problems: scanner, forget: open.forget };

  /** A log may be sealed between two looks, never the other way round: so the last look is for its sealed form. */
  async function find(id: string): Promise<Found | null> {
    const known = open.get(id);
    if (known !== null) return { kind: 'open', log: await known };
    const sealed = await deps.sealed.sealed(id);
    if (sealed !== null) return { kind: 'sealed', log: sealed };
    const left = await open.find(id);
    if (left !== null) return { kind: 'open', log: left };
    const late = await deps.sealed.sealed(id);
    return late === null ? null : { kind: 'sealed', log: late };
  }

  async function mustFind(id: string): Promise<Found> {
    const found = await find(id);
    if (found !== null) return found;
    const removed = await deps.sealed.removed(id);
    if (removed !== null) throw logRemoved(removed.removal);
    throw new FarmError('not_found', `There is no log "${id}"`, { blame: 'caller' });
  }

  async function sourceOf(id: string): Promise<LogSource> {
    const found = await mustFind(id);
    return found.kind === 'open' ? found.log.live.source() : await reader.open(found.log);
  }

  async function* chunks(id: string, from: number, to: number): AsyncGenerator<LogChunk> {
    yield* readChunks(await sourceOf(id), { from, to }, createBreather(deps.clock));
  }

  async function* bytes(id: string, from: number, to: number): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks(id, from, to)) yield chunk.bytes;
  }

  async function follower(id: string, from: number, signal: AbortSignal): Promise<AsyncIterator<LogChunk>> {
    const found = await mustFind(id);
    if (found.kind === 'open') return followLive(found.log.live, Math.max(0, from), signal);
    return untilAborted(chunks(id, from, Number.POSITIVE_INFINITY), signal);
  }

  async function lookThrough(log: OpenLog): Promise<void> {
    const source = log.live.source();
    const breather = createBreather(deps.clock);
    let block = blockOf(log.problems.offset);
    for await (const raw of source.blocks(block, Math.ceil(source.bytes / logLimits.blockBytes))) {
      // Somebody else may have come further meanwhile.
      const skipped = log.problems.offset - block * logLimits.blockBytes;
      if (skipped >= 0 && skipped < raw.length) log.problems.push(raw.subarray(skipped));
      block++;
      if (breather.elapsedMs() >= problemsMs) return;
      await breather.pause();
    }
  }

  return {
    async open(id) {
      if (open.get(id) === null && (await deps.sealed.sealed(id)) !== null) {
        throw new FarmError('conflict', `Log "${id}" is sealed and takes no more output`, { blame: 'farm' });
      }
      return createLogWriter(writerDeps, await open.open(id));
    },
    async stat(id) {
      const found = await find(id);
      if (found === null) return missing(await deps.sealed.removed(id));
      if (found.kind === 'sealed') {
        const { bytes: size, lines, droppedBytes } = found.log;
        return { state: 'sealed', bytes: size, lines, droppedBytes, removed: null };
      }
      const source = found.log.live.source();
      return { state: 'open', bytes: source.bytes, lines: lineCount(source), droppedBytes: 0, removed: null };
    },
    bytes: (id, from = 0, to = Number.POSITIVE_INFINITY) => bytes(id, from, to),
    follow: (id, from, signal) => started(() => follower(id, from, signal)),
    lines: async (id, query) => await readWindow(await sourceOf(id), query),
    async search(id, search, signal) {
      return await searchLog({ clock: deps.clock, pageMs: searchPageMs }, await sourceOf(id), search, signal);
    },
    async problems(id) {
      const found = await mustFind(id);
      if (found.kind === 'sealed') {
        const source = await reader.open(found.log);
        return source.problems.map((problem) => lineOfProblem(source, problem));
      }
      await lookThrough(found.log);
      return found.log.problems.list().map((problem) => lineOfProblem(found.log.live.source(), problem));
    },
    async removeLeftovers() {
      let removed = 0;
      for (const id of await open.leftovers()) {
        if ((await deps.sealed.sealed(id)) === null || open.get(id) !== null) continue;
        await deps.files.remove(id);
        open.forget(id);
        removed++;
      }
      return removed;
    },
    figures: open.figures,
    stop: open.stop,
  };
}

function missing(removed: RemovedLog | null): LogStat {
  if (removed === null) return { state: 'missing', bytes: 0, lines: 0, droppedBytes: 0, removed: null };
  const { bytes, lines, droppedBytes, removal } = removed;
  return { state: 'missing', bytes, lines, droppedBytes, removed: removal };
}

function logRemoved(removal: Removal): FarmError {
  return new FarmError('blob_missing', removalText('The log', removal), { blame: 'caller' });
}

function lineOfProblem(source: Pick<LogSource, 'timeAt'>, problem: Problem): LogLine {
  const { line, offset, text, cut } = problem;
  return { number: line, offset, at: source.timeAt(offset), text, cut };
}

/** An iterator that has yet to be found. */
function started(start: () => Promise<AsyncIterator<LogChunk>>): AsyncIterableIterator<LogChunk> {
  let inner: Promise<AsyncIterator<LogChunk>> | null = null;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      inner ??= start();
      return await (await inner).next();
    },
    async return() {
      if (inner !== null) await (await inner).return?.();
      return { done: true, value: undefined };
    },
  };
}

async function* untilAborted(chunks: AsyncIterable<LogChunk>, signal: AbortSignal): AsyncGenerator<LogChunk> {
  signal.throwIfAborted();
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    yield chunk;
  }
}
