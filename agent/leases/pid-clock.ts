/**
 * Which process ids were given out since a moment. Ids are given in a circle, so the processes that a lease can have started are those
 * between the last id then and the last id now: a handful to look at instead of the whole table. The count is kept across
 * turns of the circle by looking often enough; when that failed, the answer is "any".
 */
import type { Clock } from '../kit/clock.ts';
import { readProc } from '../platform/process-table.ts';

export interface PidMark {
  /** Ids given out before it, counted from the start of the agent. */
  readonly count: number;
  /** Marks of different epochs say nothing about each other. */
  readonly epoch: number;
}

export interface PidClock {
  mark(): PidMark;
  /** The ids given since `mark`: `length` of them from `first` on, in the circle; undefined: any id may be among them. */
  since(
    mark: PidMark,
  ): { readonly first: number; readonly length: number; readonly size: number } | undefined;
}

/** No machine gives out more than this many ids in a millisecond. */
const fastestPerMs = 100;

export function createPidClock(
  clock: Pick<Clock, 'monotonic'>,
  source: { readonly last: () => number; readonly size: number } = systemPids(),
): PidClock {
  const { size } = source;
  let last = source.last();
  let lookedAt = clock.monotonic();
  let count = 0;
  let epoch = 0;

  function look(): void {
    const now = source.last();
    const at = clock.monotonic();
    if (now === 0 || last === 0 || (at - lookedAt) * fastestPerMs > size) epoch++;
    count += (now - last + size) % size;
    last = now;
    lookedAt = at;
  }

  return {
    mark() {
      look();
      return { count, epoch };
    },
    since(mark) {
      look();
      const length = count - mark.count;
      if (mark.epoch !== epoch || last === 0 || length >= size / 2) return undefined;
      return { first: (last - length + 1 + size) % size, length, size };
    },
  };
}

function systemPids(): { last: () => number; size: number } {
  return {
    // "0.20 0.18 0.12 1/80 11206": the last field is the id given out last.
    last: () => Number(readProc('/proc/loadavg')?.toString('latin1').trim().split(' ')[4] ?? 0) || 0,
    size: Number(readProc('/proc/sys/kernel/pid_max')?.toString('latin1') ?? 0) || 32_768,
  };
}
