/**
 * How many newlines stand before each block of a log. It grows with the log and takes 8 bytes per block of 256 KiB; with it, any
 * line is found by reading one block.
 */
import { logLimits } from './limits.ts';
import { countNewlines } from './newlines.ts';

const { blockBytes } = logLimits;

export interface LineIndex {
  readonly bytes: number;
  readonly newlines: number;
  /** False for an empty log too. */
  readonly endsInNewline: boolean;
  /** Newlines before byte `block * blockBytes`; all of them for a block past the end. */
  before(block: number): number;
  append(bytes: Uint8Array): void;
  /** Back to `size`; `rest` are the bytes from `blockStart(size - 1)` up to it. */
  cut(size: number, rest: Uint8Array): void;
}

export function blockOf(offset: number): number {
  return Math.floor(offset / blockBytes);
}

export function blockStart(offset: number): number {
  return offset - (offset % blockBytes);
}

export function createLineIndex(): LineIndex {
  const starts: number[] = [];
  let bytes = 0;
  let newlines = 0;
  let lastByte = -1;

  function append(added: Uint8Array): void {
    for (let at = 0; at < added.length; ) {
      if (bytes % blockBytes === 0) starts[bytes / blockBytes] = newlines;
      const end = Math.min(added.length, at + blockBytes - (bytes % blockBytes));
      newlines += countNewlines(added, at, end);
      bytes += end - at;
      at = end;
    }
    if (added.length > 0) lastByte = added[added.length - 1] ?? -1;
  }

  return {
    get bytes() {
      return bytes;
    },
    get newlines() {
      return newlines;
    },
    get endsInNewline() {
      return lastByte === 10;
    },
    before: (block) => (block * blockBytes >= bytes ? newlines : (starts[block] ?? newlines)),
    append,
    cut(size, rest) {
      const block = blockOf(Math.max(0, size - 1));
      newlines = starts[block] ?? newlines;
      starts.length = Math.min(starts.length, block);
      bytes = block * blockBytes;
      lastByte = -1;
      append(rest);
    },
  };
}
