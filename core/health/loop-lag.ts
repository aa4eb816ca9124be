import type { Clock } from '../../agent/kit/clock.ts';
import type { Tell } from '../facts/index.ts';

export interface LoopLag {
  /** The worst lag of the newest 20 to 40 looks, ms. */
  worstMs(): number;
  run(signal: AbortSignal): Promise<void>;
}

/**
 * How late timers are. The platform's own meter of the event loop is missing in Bun, and what matters is the same: for how long a
 * heartbeat, a request or a claim finds nobody at home.
 */
export function createLoopLag(
  { clock, tell }: { readonly clock: Clock; readonly tell: Tell },
  everyMs: number,
): LoopLag {
  const windowMs = 20 * everyMs;
  let worst = 0;
  let worstBefore = 0;
  let windowAt = clock.monotonic();
  return {
    worstMs: () => Math.max(worst, worstBefore),
    async run(signal) {
      while (!signal.aborted) {
        const startedAt = clock.monotonic();
        await clock.sleep(everyMs, signal).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
        if (signal.aborted) return;
        const now = clock.monotonic();
        const ms = Math.max(0, now - startedAt - everyMs);
        if (now - windowAt >= windowMs) {
          worstBefore = worst;
          worst = 0;
          windowAt = now;
        }
        worst = Math.max(worst, ms);
        tell({ type: 'loop-lag', ms });
      }
    },
  };
}
