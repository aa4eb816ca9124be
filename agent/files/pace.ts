/** Lets long synchronous work on the disk stop for whatever else is ready, every few milliseconds. */
import type { Clock } from '../kit/clock.ts';

export interface Pace {
  /** Called between any two steps; mostly does nothing. */
  breathe(): Promise<void> | undefined;
}

const sliceMs = 5;

export function createPace(clock: Pick<Clock, 'monotonic'>, pause: () => Promise<void>): Pace {
  let sliceEnd = clock.monotonic() + sliceMs;

  async function stop(): Promise<void> {
    await pause();
    sliceEnd = clock.monotonic() + sliceMs;
  }

  return { breathe: () => (clock.monotonic() < sliceEnd ? undefined : stop()) };
}
