/** The clocks that run beside a run: how long in all, how long without a byte. */
import type { Clock, Timer } from '../kit/clock.ts';

export interface RunLimits {
  /** Milliseconds; 0: none. */
  readonly timeMs: number;
  readonly silenceMs: number;
}

/** Calls `onLimit` at most once. Gives the way to stop watching. */
export function watchLimits(deps: {
  readonly clock: Clock;
  readonly limits: RunLimits;
  readonly lastOutputAt: () => number;
  readonly onLimit: (reason: 'time-limit' | 'silence-limit') => void;
}): () => void {
  const { clock, limits } = deps;
  const timers: { time?: Timer; silence?: Timer } = {};

  function cancel(): void {
    timers.time?.cancel();
    timers.silence?.cancel();
  }

  function reach(reason: 'time-limit' | 'silence-limit'): void {
    cancel();
    deps.onLimit(reason);
  }

  /** One timer for the whole run: when it fires, what came meanwhile says how long to wait on. */
  function watchSilence(): void {
    const left = deps.lastOutputAt() + limits.silenceMs - clock.monotonic();
    if (left <= 0) reach('silence-limit');
    else timers.silence = clock.after(Math.ceil(left), watchSilence);
  }

  if (limits.timeMs > 0) timers.time = clock.after(limits.timeMs, () => reach('time-limit'));
  if (limits.silenceMs > 0) watchSilence();
  return cancel;
}
