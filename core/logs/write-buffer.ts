/**
 * The end of an open log in memory: what the disk does not have yet, and a little more while readers follow. Bytes are copied into
 * blocks that are never written twice, so that what a reader was given stays true.
 */
export interface WriteBuffer {
  /** Offsets: bytes from `start` to `end` are here. */
  readonly start: number;
  readonly end: number;
  append(bytes: Uint8Array): void;
  /** Bytes from `offset` on, as many as lie together and at most `limit`; empty when `offset` is not here. */
  view(offset: number, limit: number): Uint8Array;
  /** Bytes before `offset` may go. */
  release(offset: number): void;
  /** Forgets all and goes on at `end`. */
  reset(end: number): void;
}

interface Block {
  readonly start: number;
  readonly bytes: Uint8Array;
  filled: number;
}

const firstBlockBytes = 4 * 1024;
const largestBlockBytes = 256 * 1024;

export function createWriteBuffer(startAt: number): WriteBuffer {
  let blocks: Block[] = [];
  let end = startAt;
  let nextBytes = firstBlockBytes;

  function roomAtEnd(wanted: number): Block {
    const last = blocks.at(-1);
    if (last !== undefined && last.filled < last.bytes.length) return last;
    while (nextBytes < wanted && nextBytes < largestBlockBytes) nextBytes *= 2;
    const block = { start: end, bytes: new Uint8Array(nextBytes), filled: 0 };
    nextBytes = Math.min(largestBlockBytes, nextBytes * 2);
    blocks.push(block);
    return block;
  }

  return {
    get start() {
      return blocks[0]?.start ?? end;
    },
    get end() {
      return end;
    },
    append(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const block = roomAtEnd(bytes.length - at);
        const part = bytes.subarray(at, at + block.bytes.length - block.filled);
        block.bytes.set(part, block.filled);
        block.filled += part.length;
        end += part.length;
        at += part.length;
      }
    },
    view(offset, limit) {
      const block = blocks.findLast((candidate) => candidate.start <= offset);
      if (block === undefined || offset >= end) return new Uint8Array(0);
      const from = offset - block.start;
      return block.bytes.subarray(from, Math.min(block.filled, from + limit));
    },
    release(offset) {
      const kept = blocks.findIndex((block) => block.start + block.filled > offset);
      blocks = kept < 0 ? [] : blocks.slice(kept);
      if (blocks.length === 0) nextBytes = firstBlockBytes;
    },
    reset(newEnd) {
      blocks = [];
      end = newEnd;
      nextBytes = firstBlockBytes;
    },
  };
}
