/** The clock of one process of the farm: virtual time, the wall clock of its machine, and nothing after its death. */
import { type Clock, sleepWith } from '../../../agent/kit/clock.ts';
import type { Kernel, Owner } from './kernel.ts';

/** Wall clock at the start of every day in the bottle. */
export const startOfDay = Date.UTC(2030, 0, 1);

/** The wall clock of a machine, which may be wrong and may be set. */
export interface WallClock {
  offsetMs: number;
}

export function createHostClock(kernel: Kernel, owner: Owner, wall: WallClock): Clock {
  const after: Clock['after'] = (ms, run) => kernel.after(owner, ms, run);
  return {
    now: () => Math.floor(startOfDay + kernel.now + wall.offsetMs),
    monotonic: () => kernel.now,
    after,
    sleep: sleepWith(after),
  };
}
