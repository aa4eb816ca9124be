/** Lets long synchronous work on the disk stop for whatever else is ready, every few milliseconds. */
import type { Clock } from '../kit/clock.ts';

export interface Pace {
  /** Called between any two steps; mostly does nothing. */
  breathe(): Promise<void> | undefined;
}

const sliceMs = 5;

/** With `signal` the work is broken off once that fires: `breathe` rejects with its reason. */
export function createPace(
  clock: Pick<Clock, 'monotonic'>,
  pause: () => Promise<void>,
  signal?: AbortSignal,
): Pace {
  let sliceEnd = clock.monotonic() + sliceMs;

  async function stop(): Promise<void> {
    await pause();
    signal?.throwIfAborted();
    sliceEnd = clock.monotonic() + sliceMs;
  }

  return { breathe: () => (clock.monotonic() < sliceEnd ? undefined : stop()) };
}
