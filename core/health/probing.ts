/** What takes time to find out, asked for in the background; an answer that does not come is a finding too. */
import type { Clock } from '../../agent/kit/clock.ts';
import { FarmError, toFarmError } from '../../agent/wire/farm-error.ts';

/** How the newest look went. Null before the first one ended. */
export type Probed<T> =
  | { readonly ok: true; readonly value: T; readonly at: number }
  | { readonly ok: false; readonly message: string; readonly at: number }
  | null;

export interface Probe<T> {
  latest(): Probed<T>;
  /** Looks, unless the look before is still under way; resolves when it ended or its time is over. Never rejects. */
  look(): Promise<void>;
}

const patienceMs = 10_000;

/** `what` is a subject: "The blob store". */
export function createProbe<T>(
  deps: { readonly clock: Clock },
  what: string,
  ask: () => Promise<T>,
): Probe<T> {
  let latest: Probed<T> = null;
  let isAsking = false;

  async function answer(): Promise<void> {
    try {
      const value = await ask();
      latest = { ok: true, value, at: deps.clock.now() };
    } catch (error) {
      latest = { ok: false, message: toFarmError(error).message, at: deps.clock.now() };
    } finally {
      isAsking = false;
    }
  }

  function late(): void {
    if (!isAsking) return;
    const message = `${what} has not answered for ${patienceMs / 1000} s`;
    latest = { ok: false, message, at: deps.clock.now() };
  }

  return {
    latest: () => latest,
    async look() {
      if (isAsking) return late();
      isAsking = true;
      const over = new AbortController();
      const answered = answer().finally(() => over.abort(done));
      const timeout = deps.clock.sleep(patienceMs, over.signal).then(late, () => undefined);
      await Promise.race([answered, timeout]);
    },
  };
}

const done = new FarmError('cancelled', 'The answer is there', { blame: 'farm' });
