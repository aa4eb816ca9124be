import type { Clock } from '../../agent/kit/clock.ts';
import { isFarmError } from '../../agent/wire/farm-error.ts';

const againMs = 1_000;

/**
 * Asks until the farm answers, because it may be starting again just now; null when the signal came first. What is no error of
 * the farm is a defect and passes through.
 */
export async function untilAnswered<T>(
  clock: Clock,
  signal: AbortSignal,
  ask: () => Promise<T>,
): Promise<T | null> {
  while (!signal.aborted) {
    try {
      return await ask();
    } catch (error) {
      if (!isFarmError(error)) throw error;
      // The signal ends the loop, which sees it by itself.
      await clock.sleep(againMs, signal).catch(() => undefined);
    }
  }
  return null;
}
