/**
 * When the bytes of a log were written. A mark says "from this offset on, written at this time"; output that follows within the
 * resolution shares the mark before it. A log that collects too many keeps every second one and halves its resolution.
 */
export interface TimeMarks {
  readonly count: number;
  offset(index: number): number;
  at(index: number): number;
  /** When the byte at `offset` was written, ms since 1970; null before the first mark. */
  timeOf(offset: number): number | null;
}

export interface GrowingMarks extends TimeMarks {
  add(offset: number, at: number): void;
  /** Offset of the first mark after `offset`; infinity when none is. */
  nextAfter(offset: number): number;
  /** Forgets what was written from `size` on. */
  cut(size: number): void;
}

/** Output closer together than this needs no times of its own. */
const firstResolutionMs = 100;
/** Some 30,000 years from now; sums and differences of two such times stay exact. */
const lastInstant = 1e15;

export function createGrowingMarks(limit: number): GrowingMarks {
  let offsets: number[] = [];
  let times: number[] = [];
  let resolutionMs = firstResolutionMs;

  function thinOut(): void {
    offsets = offsets.filter((_, index) => index % 2 === 0);
    times = times.filter((_, index) => index % 2 === 0);
    resolutionMs *= 2;
  }

  return {
    get count() {
      return offsets.length;
    },
    offset: (index) => offsets[index] ?? 0,
    at: (index) => times[index] ?? 0,
    timeOf(offset) {
      const index = lastAtOrBefore(offsets, offset);
      return index < 0 ? null : (times[index] ?? null);
    },
    add(offset, at) {
      // The time comes from a machine, and a broken one must not break the log.
      if (!(Math.abs(at) <= lastInstant)) return;
      const time = Math.round(at);
      const last = times.at(-1);
      if (last !== undefined && time >= last && time - last < resolutionMs) return;
      if (offsets.at(-1) === offset) {
        times[times.length - 1] = time;
        return;
      }
      if (offsets.length >= limit) thinOut();
      offsets.push(offset);
      times.push(time);
    },
    nextAfter(offset) {
      return offsets[lastAtOrBefore(offsets, offset) + 1] ?? Number.POSITIVE_INFINITY;
    },
    cut(size) {
      offsets.length = lastAtOrBefore(offsets, size - 1) + 1;
      times.length = offsets.length;
    },
  };
}

export function createFixedMarks(offsets: Float64Array, times: Float64Array): TimeMarks {
  return {
    count: offsets.length,
    offset: (index) => offsets[index] ?? 0,
    at: (index) => times[index] ?? 0,
    timeOf(offset) {
      const index = lastAtOrBefore(offsets, offset);
      return index < 0 ? null : (times[index] ?? null);
    },
  };
}

/** Index of the last value that is not above `wanted`; -1 when all are. */
export function lastAtOrBefore(sorted: ArrayLike<number>, wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
