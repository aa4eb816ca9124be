/** Lets the event loop turn during long work that never waits for anything. */
import type { Clock } from '../../agent/kit/clock.ts';

export interface Breather {
  /** Resolves at once, or after a turn of the event loop when the last one is some time ago. */
  pause(): Promise<void>;
  /** Since it was made. */
  elapsedMs(): number;
}

const workMs = 8;

export function createBreather(clock: Pick<Clock, 'monotonic' | 'sleep'>): Breather {
  const startedAt = clock.monotonic();
  let breathedAt = startedAt;
  return {
    async pause() {
      if (clock.monotonic() - breathedAt < workMs) return;
      await clock.sleep(0);
      breathedAt = clock.monotonic();
    },
    elapsedMs: () => clock.monotonic() - startedAt,
  };
}
