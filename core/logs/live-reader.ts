/** Reads an open log from its memory and its file, and from its sealed form once it has one; offsets stay the same. */
import { FarmError } from '../../agent/wire/farm-error.ts';
import { concat } from './concat.ts';
import { logLimits } from './limits.ts';
import type { LineIndex } from './line-index.ts';
import type { LogSource } from './log-source.ts';
import type { LogFile } from './ports.ts';
import type { TimeMarks } from './time-marks.ts';
import type { WriteBuffer } from './write-buffer.ts';

export interface LiveReader {
  /** Bytes `from` to `to`, which have to be there; at most a block of them. */
  read(from: number, to: number): Promise<Uint8Array>;
  /** The log as it is now. */
  source(): LogSource;
  /** All that is asked from now on, and the rest of what was asked before, is answered by `sealed`. */
  goOverTo(sealed: Pick<LogSource, 'block'>): void;
  /** Answers nothing more. */
  stop(reason: FarmError): void;
  /** Resolves when the file is no longer in use. */
  settled(): Promise<void>;
}

export interface LiveReaderDeps {
  readonly id: string;
  readonly buffer: WriteBuffer;
  readonly index: LineIndex;
  readonly marks: TimeMarks;
  readonly file: () => LogFile | null;
}

const { blockBytes } = logLimits;

export function createLiveReader({ id, buffer, index, marks, file }: LiveReaderDeps): LiveReader {
  let sealed: Pick<LogSource, 'block'> | null = null;
  let stopped: FarmError | null = null;
  let reads = 0;
  let onSettled: (() => void) | null = null;

  function fromMemory(from: number, to: number): Uint8Array[] {
    const parts: Uint8Array[] = [];
    for (let at = from; at < to; ) {
      const part = buffer.view(at, to - at);
      if (part.length === 0) throw cutBack(id);
      parts.push(part);
      at += part.length;
    }
    return parts;
  }

  async function fromFile(from: number, to: number): Promise<Uint8Array> {
    reads++;
    try {
      const bytes = await file()?.read(from, to);
      if (bytes === undefined || bytes.length !== to - from) throw cutBack(id);
      return bytes;
    } finally {
      reads--;
      if (reads === 0) onSettled?.();
    }
  }

  async function fromBlocks(source: Pick<LogSource, 'block'>, from: number, to: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let at = from; at < to; ) {
      const start = at % blockBytes;
      const part = (await source.block((at - start) / blockBytes)).subarray(start, start + to - at);
      if (part.length === 0) throw cutBack(id);
      parts.push(part);
      at += part.length;
    }
    return concat(parts);
  }

  async function read(from: number, to: number): Promise<Uint8Array> {
    if (from >= to) return new Uint8Array(0);
    if (sealed !== null) return await fromBlocks(sealed, from, to);
    if (stopped !== null) throw stopped;
    const border = Math.min(to, Math.max(from, buffer.start));
    // Taken before the disk is waited for: meanwhile the memory may be given up.
    const recent = fromMemory(border, to);
    return concat(border > from ? [await fromFile(from, border), ...recent] : recent);
  }

  async function* blocks(first: number, end: number, bytes: number): AsyncGenerator<Uint8Array> {
    const get = (block: number) => read(block * blockBytes, Math.min(bytes, (block + 1) * blockBytes));
    let next = first < end ? get(first) : null;
    for (let block = first; next !== null; block++) {
      const current = next;
      next = block + 1 < end ? get(block + 1) : null;
      // A failure of the block after this one is told when its turn comes, if it comes.
      next?.catch(() => undefined);
      yield await current;
    }
  }

  return {
    read,
    source() {
      const { bytes, newlines, endsInNewline } = index;
      const last = Math.ceil(bytes / blockBytes);
      return {
        bytes,
        newlines,
        endsInNewline,
        newlinesBefore: (block) => (block >= last ? newlines : index.before(block)),
        block: (block) => read(block * blockBytes, Math.min(bytes, (block + 1) * blockBytes)),
        blocks: (first, end) => blocks(first, Math.min(end, last), bytes),
        timeAt: marks.timeOf,
      };
    },
    goOverTo(source) {
      sealed = source;
    },
    stop(reason) {
      stopped = reason;
    },
    async settled() {
      if (reads > 0) await new Promise<void>((resolve) => (onSettled = resolve));
    },
  };
}

export function cutBack(id: string): FarmError {
  return new FarmError('conflict', `Log "${id}" was cut back while it was read; read it again`, {
    blame: 'farm',
    retry: 'same',
  });
}
