/**
 * When the bytes of an output were read: a list of (offset, time), each holding for the bytes from its offset on. Marks get coarser
 * the longer a run lasts, so that their number grows with the logarithm of its duration and never with its output.
 */
export interface TimeMarks {
  add(offset: number, at: number): void;
  /** The bytes from `offset` on were not written after all. */
  cut(offset: number): void;
  /** The time of the byte at `offset`, and the offset from which another time holds. */
  lookUp(offset: number): { readonly at: number; readonly until: number };
  toBytes(): Uint8Array;
}

/** Below this two times are the same. */
const finestMs = 10;
/** A run of T ms tells times apart to T / this. */
const resolution = 20_000;

export function createTimeMarks(startedAt: number, bytes: Uint8Array = new Uint8Array(0)): TimeMarks {
  const offsets: number[] = [];
  const times: number[] = [];
  for (const [offset, at] of pairsOf(bytes)) {
    // A file that was torn is right up to the tear.
    if (!(offset >= (offsets.at(-1) ?? 0)) || !Number.isFinite(at)) break;
    offsets.push(offset);
    times.push(at);
  }

  function indexOf(offset: number): number {
    let low = 0;
    let high = offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((offsets[middle] ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  return {
    add(offset, at) {
      const last = times.at(-1);
      if (last !== undefined && Math.abs(at - last) < Math.max(finestMs, (at - startedAt) / resolution))
        return;
      offsets.push(offset);
      times.push(at);
    },
    cut(offset) {
      const left = indexOf(offset - 1) + 1;
      offsets.length = left;
      times.length = left;
    },
    lookUp(offset) {
      const index = indexOf(offset);
      return { at: times[index] ?? startedAt, until: offsets[index + 1] ?? Number.POSITIVE_INFINITY };
    },
    toBytes() {
      const flat = new Float64Array(offsets.length * 2);
      offsets.forEach((offset, index) => {
        flat.set([offset, times[index] ?? startedAt], index * 2);
      });
      return new Uint8Array(flat.buffer);
    },
  };
}

function* pairsOf(bytes: Uint8Array): Generator<readonly [number, number]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  for (let at = 0; at + 16 <= bytes.length; at += 16) {
    yield [view.getFloat64(at, littleEndian), view.getFloat64(at + 8, littleEndian)];
  }
}
