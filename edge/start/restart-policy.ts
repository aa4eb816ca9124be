import { backoffDelayMs } from '../../agent/kit/backoff.ts';
import type { Randomness } from '../../agent/kit/ids.ts';

/** How soon a part that died is started again. */
export const restartPolicy = {
  firstMs: 1_000,
  maxMs: 30_000,
  factor: 2,
  /** A part that ran this long was well; the next death counts as the first. */
  wellAfterMs: 60_000,
} as const;

/**
 * Half of the ceiling for certain and the rest by chance: a part that dies at once must never be started in a tight loop, which
 * full jitter allows. `deaths` counts from 1.
 */
export function restartDelayMs(deaths: number, randomness: Randomness): number {
  const half = { ...restartPolicy, firstMs: restartPolicy.firstMs / 2, maxMs: restartPolicy.maxMs / 2 };
  const certain = Math.min(half.maxMs, half.firstMs * half.factor ** (deaths - 1));
  return certain + backoffDelayMs(deaths - 1, half, randomness);
}
