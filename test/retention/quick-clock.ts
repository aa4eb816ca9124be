import { type Clock, sleepWith } from '../../agent/kit/clock.ts';

/** Stands still, and every wait is over at the next turn of the loop: for passes that rest between batches. */
export function createQuickClock(now: number): Clock {
  function after(_: number, run: () => void): { cancel(): void } {
    const handle = setImmediate(run);
    return { cancel: () => clearImmediate(handle) };
  }
  return { now: () => now, monotonic: () => performance.now(), after, sleep: sleepWith(after) };
}
