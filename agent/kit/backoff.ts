import type { Randomness } from './ids.ts';

export interface BackoffPolicy {
  readonly firstMs: number;
  readonly maxMs: number;
  readonly factor: number;
}

/**
 * Exponential back-off with full jitter: a random wait between 0 and the ceiling of this attempt (0 for the first).
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function backoffDelayMs(attempt: number, policy: BackoffPolicy, randomness: Randomness): number {
  const ceiling = Math.min(policy.maxMs, policy.firstMs * policy.factor ** Math.min(attempt, 64));
  return Math.floor(randomness.fraction() * ceiling);
}
