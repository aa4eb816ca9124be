/**
 * An open log: its end in memory, the rest in its file, and what is known of its lines and times. Any number of readers may read it
 * while one writer appends; when it is sealed they go on in the sealed form, at the same offsets.
 */
import type { Clock } from '../../agent/kit/clock.ts';
import type { Log } from '../../agent/kit/log.ts';
import { FarmError, toFarmError } from '../../agent/wire/farm-error.ts';
import { createFlusher, type FlushBudget } from './flusher.ts';
import { createGrowthSignal } from './growth-signal.ts';
import { logLimits } from './limits.ts';
import { blockStart, createLineIndex, type LineIndex } from './line-index.ts';
import { createLiveReader, cutBack } from './live-reader.ts';
import type { LogSource } from './log-source.ts';
import type { LogFile, LogFiles } from './ports.ts';
import { createGrowingMarks, type GrowingMarks } from './time-marks.ts';
import { createWriteBuffer } from './write-buffer.ts';

export interface LiveLogDeps {
  readonly files: LogFiles;
  readonly clock: Clock;
  readonly log: Log;
  readonly budget: FlushBudget;
}

export interface LiveLog {
  readonly id: string;
  readonly size: number;
  readonly durableSize: number;
  /** `stopped`: the process goes down. `sealed`: reads are answered from the sealed form. */
  readonly state: 'open' | 'sealed' | 'stopped';
  readonly isFailing: boolean;
  readonly marks: GrowingMarks;
  append(bytes: Uint8Array, at: number): Promise<void>;
  flush(options?: { readonly sync?: boolean }): Promise<void>;
  truncate(size: number): Promise<void>;
  /** The log as it is now. */
  source(): LogSource;
  /** Bytes `from` to `to`, which have to be there; at most a block of them. */
  read(from: number, to: number): Promise<Uint8Array>;
  /** Calls `listener` once, when the log has grown or is no longer open. Gives the way to withdraw it. */
  onGrowth(listener: () => void): () => void;
  /** A reader stays at the end from now on. Gives the way to sign off. */
  addFollower(): () => void;
  readonly followers: number;
  /** Its sealed form is stored: readers go over to it, and the file goes. */
  handOver(successor: Pick<LogSource, 'block'>): Promise<void>;
  /** Writes what is left; the file stays. */
  stop(reason: FarmError): Promise<void>;
}

/** What stays in memory for those who follow, so that thousands of them need no disk. */
const followedBytes = 256 * 1024;
const scanBytes = 1024 * 1024;

/** Takes up the file of this log, or begins an empty log that has none yet. */
export async function openLiveLog(deps: LiveLogDeps, id: string, hasFile: boolean): Promise<LiveLog> {
  const file = hasFile ? await deps.files.open(id) : null;
  const index = createLineIndex();
  const marks = createGrowingMarks(logLimits.marks);
  if (file !== null) {
    for (const mark of file.marks()) marks.add(mark.offset, mark.at);
    for (let at = 0; at < file.size; ) {
      const part = await file.read(at, Math.min(file.size, at + scanBytes));
      if (part.length === 0) throw cutBack(id);
      index.append(part);
      at += part.length;
    }
  }
  return createLiveLog(deps, { id, file, index, marks });
}

interface Opened {
  readonly id: string;
  readonly file: LogFile | null;
  readonly index: LineIndex;
  readonly marks: GrowingMarks;
}

function createLiveLog(deps: LiveLogDeps, { id, file, index, marks }: Opened): LiveLog {
  const buffer = createWriteBuffer(index.bytes);
  const growth = createGrowthSignal(deps.clock);
  const flusher = createFlusher({ ...deps, id, buffer, marks, file, onDurable: forget });
  const reader = createLiveReader({ id, buffer, index, marks, file: () => flusher.file });
  let state: LiveLog['state'] = 'open';
  let followers = 0;

  function forget(): void {
    const kept = followers > 0 ? followedBytes : 0;
    buffer.release(Math.min(flusher.durable, buffer.end - kept));
  }

  function closed(): FarmError {
    if (state === 'stopped') return goingDown();
    return new FarmError('conflict', `Log "${id}" is sealed and takes no more output`, { blame: 'farm' });
  }

  function mustBeOpen(): void {
    if (state !== 'open') throw closed();
  }

  async function leave(next: 'sealed' | 'stopped', reason: FarmError): Promise<void> {
    state = next;
    await flusher.stop(reason);
    if (next === 'stopped') reader.stop(reason);
    growth.tellNow();
    await reader.settled();
    await flusher.file?.close();
  }

  return {
    id,
    marks,
    get size() {
      return index.bytes;
    },
    get durableSize() {
      return flusher.durable;
    },
    get state() {
      return state;
    },
    get isFailing() {
      return flusher.isFailing;
    },
    get followers() {
      return followers;
    },
    append(bytes, at) {
      if (state !== 'open') return Promise.reject(closed());
      if (bytes.length === 0) return Promise.resolve();
      marks.add(index.bytes, Number.isFinite(at) ? at : deps.clock.now());
      buffer.append(bytes);
      index.append(bytes);
      growth.grown();
      return flusher.appended(bytes.length);
    },
    async flush(options) {
      mustBeOpen();
      await flusher.flush();
      if (options?.sync === true) await syncFile(flusher.file);
    },
    async truncate(size) {
      mustBeOpen();
      if (size === index.bytes) return;
      if (!(size >= 0 && size < index.bytes)) {
        const message = `Log "${id}" has ${index.bytes} bytes and can not be cut back to ${size}`;
        throw new FarmError('conflict', message, { blame: 'farm' });
      }
      if (flusher.file !== null || size > 0) await flusher.flush();
      const rest = size === 0 ? new Uint8Array(0) : await reader.read(blockStart(size - 1), size);
      await flusher.file?.truncate(size);
      flusher.cut(size);
      buffer.reset(size);
      index.cut(size, rest);
      marks.cut(size);
    },
    source: reader.source,
    read: reader.read,
    onGrowth: growth.onNext,
    addFollower() {
      followers++;
      return () => {
        followers--;
        forget();
      };
    },
    async handOver(next) {
      mustBeOpen();
      reader.goOverTo(next);
      await leave('sealed', new FarmError('conflict', `Log "${id}" is sealed`, { blame: 'farm' }));
      if (flusher.file !== null) await deps.files.remove(id);
    },
    async stop(reason) {
      if (state !== 'open') return;
      // What can not be written now is sent again by the machine: only what is durable was acknowledged.
      await flusher.flush().catch((error: unknown) => {
        deps.log.warn('log.not-written', { id, message: toFarmError(error).message });
      });
      await leave('stopped', reason);
    },
  };
}

async function syncFile(file: LogFile | null): Promise<void> {
  try {
    await file?.sync();
  } catch (error) {
    throw toFarmError(error, { code: 'storage_failed' });
  }
}

export function goingDown(): FarmError {
  return new FarmError('shutting_down', 'The coordinator goes down', { blame: 'farm', retry: 'same' });
}
