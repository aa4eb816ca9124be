/** The writer's end of an open log: appends, resumes, seals and hands the log over to its sealed form. */
import type { Clock } from '../../agent/kit/clock.ts';
import { FarmError, toFarmError } from '../../agent/wire/farm-error.ts';
import type { BlobStore } from '../blobs/ports.ts';
import type { Tell } from '../facts/index.ts';
import { createBreather } from './breather.ts';
import { concat } from './concat.ts';
import { logLimits } from './limits.ts';
import { lineCount } from './log-source.ts';
import type { OpenLog } from './open-logs.ts';
import type { SealedLogs } from './ports.ts';
import type { ProblemScanner } from './problem-scan.ts';
import { sealedParts } from './seal.ts';
import type { SealedReader } from './sealed-source.ts';
import type { LogWriter, SealedLog } from './types.ts';

export interface LogWriterDeps {
  readonly clock: Clock;
  readonly blobs: Pick<BlobStore, 'put'>;
  readonly sealed: SealedLogs;
  readonly reader: SealedReader;
  readonly problems: ProblemScanner;
  readonly tell: Tell;
  /** The log is no longer open. */
  readonly forget: (id: string) => void;
}

/** Keys that were taken by seals whose answer was never stored. */
const keysTried = 1_000;

export function createLogWriter(deps: LogWriterDeps, log: OpenLog): LogWriter {
  const { live } = log;

  function parts(): AsyncGenerator<Uint8Array> {
    const breather = createBreather(deps.clock);
    return sealedParts({ source: live.source(), marks: live.marks, problems: log.problems, breather });
  }

  async function makeContent(): Promise<SealedLog['content']> {
    for (let attempt = 0; attempt < keysTried; attempt++) {
      const stream = parts();
      try {
        const { head, isWhole } = await readHead(stream);
        if (isWhole) return { kind: 'inline', data: head };
        // A key that is taken holds what a process sealed that died before it was stored; the log may have grown since.
        const key = `logs/${live.id}/${attempt}`;
        const { existed } = await deps.blobs.put(key, resumed(head, stream));
        if (!existed) return { kind: 'blob', key };
      } finally {
        await stream.return(undefined);
      }
    }
    throw new FarmError('storage_failed', `No key is free for log "${live.id}"`, {
      blame: 'farm',
      retry: 'same',
    });
  }

  async function makeSealed(droppedBytes: number): Promise<SealedLog> {
    const source = live.source();
    const content = await makeContent();
    return {
      id: live.id,
      bytes: source.bytes,
      lines: lineCount(source),
      droppedBytes,
      sealedAt: deps.clock.now(),
      content,
    };
  }

  return {
    id: live.id,
    get size() {
      return live.size;
    },
    get durableSize() {
      return live.durableSize;
    },
    append(bytes, at) {
      deps.tell({ type: 'log-written', bytes: bytes.length });
      return live.append(bytes, at);
    },
    flush: (options) => live.flush(options),
    async truncate(size) {
      await live.truncate(size);
      log.sealed = null;
      if (log.problems.offset > size) log.problems = deps.problems.scan();
    },
    async seal(droppedBytes) {
      const known = log.sealed;
      if (known?.bytes === live.size && known.droppedBytes === droppedBytes) return known;
      try {
        log.sealed = await makeSealed(droppedBytes);
        const place = log.sealed.content.kind === 'inline' ? 'database' : 'blob';
        deps.tell({ type: 'log-sealed', bytes: log.sealed.bytes, place });
        return log.sealed;
      } catch (error) {
        throw toFarmError(error, { code: 'storage_failed', retry: 'same' });
      }
    },
    async discard() {
      if (live.state !== 'open') return;
      const sealed = await deps.sealed.sealed(live.id);
      if (sealed === null || sealed.bytes !== live.size) {
        const message = `Log "${live.id}" has no stored form of all its ${live.size} bytes and is kept open`;
        throw new FarmError('conflict', message, { blame: 'farm' });
      }
      deps.forget(live.id);
      await live.handOver({ block: async (block) => (await deps.reader.open(sealed)).block(block) });
    },
  };
}

/** What fits into the database; more than that when there is more. */
async function readHead(stream: AsyncGenerator<Uint8Array>): Promise<{ head: Uint8Array; isWhole: boolean }> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  while (bytes <= logLimits.inlineBytes) {
    const next = await stream.next();
    if (next.done === true) return { head: concat(parts), isWhole: true };
    parts.push(next.value);
    bytes += next.value.length;
  }
  return { head: concat(parts), isWhole: false };
}

async function* resumed(head: Uint8Array, stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  yield* stream;
}
