/**
 * Chunks that wait for their reader. Chunk boundaries are kept. Small chunks are copied together into blocks with their lengths
 * beside them, so that a peer which sends a window of one-byte frames costs a few bytes a frame, not an object each.
 */
export interface ChunkQueue {
  /** Bytes that wait. */
  readonly bytes: number;
  push(chunk: Uint8Array): void;
  /** The oldest chunk, or undefined when nothing waits. */
  shift(): Uint8Array | undefined;
  clear(): void;
}

interface Block {
  readonly bytes: Uint8Array;
  readonly lengths: number[];
  /** Where the next chunk to give starts, and how many were given. */
  readAt: number;
  given: number;
  /** How much of `bytes` is filled. */
  filled: number;
}

const blockBytes = 16 * 1024;
const smallBytes = 4 * 1024;

export function createChunkQueue(): ChunkQueue {
  let blocks: Block[] = [];
  let bytes = 0;

  function blockFor(chunk: Uint8Array): Block {
    if (chunk.length > smallBytes) {
      return { bytes: chunk, lengths: [], readAt: 0, given: 0, filled: 0 };
    }
    const last = blocks.at(-1);
    if (last !== undefined && last.filled + chunk.length <= last.bytes.length) return last;
    // A lone small chunk gets a block of its own size: most streams never hold two.
    const size = blocks.length === 0 ? chunk.length : blockBytes;
    return { bytes: new Uint8Array(size), lengths: [], readAt: 0, given: 0, filled: 0 };
  }

  function push(chunk: Uint8Array): void {
    const block = blockFor(chunk);
    if (block !== blocks.at(-1)) blocks.push(block);
    if (block.bytes !== chunk) block.bytes.set(chunk, block.filled);
    block.filled += chunk.length;
    block.lengths.push(chunk.length);
    bytes += chunk.length;
  }

  function shift(): Uint8Array | undefined {
    const block = blocks[0];
    const length = block?.lengths[block.given];
    if (block === undefined || length === undefined) return undefined;
    const chunk = block.bytes.subarray(block.readAt, block.readAt + length);
    block.readAt += length;
    block.given++;
    bytes -= length;
    if (block.given === block.lengths.length) blocks.shift();
    return chunk;
  }

  function clear(): void {
    blocks = [];
    bytes = 0;
  }

  return {
    get bytes() {
      return bytes;
    },
    push,
    shift,
    clear,
  };
}
