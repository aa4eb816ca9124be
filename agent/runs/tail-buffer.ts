/** The last bytes of what was put in, and how many came before them. */
export interface TailBuffer {
  push(bytes: Uint8Array): void;
  readonly dropped: number;
  readonly kept: number;
  /** What is kept, in order; the buffer is empty after it. */
  take(): Uint8Array;
}

export function createTailBuffer(capacity: number): TailBuffer {
  // Grows by doubling up to the capacity: most runs that come here have little to keep.
  let ring = new Uint8Array(0);
  let start = 0;
  let kept = 0;
  let dropped = 0;

  function content(): Uint8Array {
    const bytes = new Uint8Array(kept);
    const first = Math.min(kept, ring.length - start);
    bytes.set(ring.subarray(start, start + first));
    bytes.set(ring.subarray(0, kept - first), first);
    return bytes;
  }

  function grow(needed: number): void {
    if (needed <= ring.length || ring.length === capacity) return;
    const larger = new Uint8Array(Math.min(capacity, Math.max(needed, ring.length * 2, 4096)));
    larger.set(content());
    ring = larger;
    start = 0;
  }

  function push(given: Uint8Array): void {
    const bytes = given.subarray(Math.max(0, given.length - capacity));
    dropped += given.length - bytes.length;
    grow(kept + bytes.length);
    const over = Math.max(0, kept + bytes.length - ring.length);
    start = ring.length === 0 ? 0 : (start + over) % ring.length;
    dropped += over;
    kept -= over;
    const end = ring.length === 0 ? 0 : (start + kept) % ring.length;
    const first = Math.min(bytes.length, ring.length - end);
    ring.set(bytes.subarray(0, first), end);
    ring.set(bytes.subarray(first), 0);
    kept += bytes.length;
  }

  return {
    push,
    get dropped() {
      return dropped;
    },
    get kept() {
      return kept;
    },
    take() {
      const bytes = content();
      ring = new Uint8Array(0);
      start = 0;
      kept = 0;
      return bytes;
    },
  };
}
