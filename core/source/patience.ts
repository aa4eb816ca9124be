/** Bounds for work that may hang: on something far away, or on a program that reads from it. */
import type { Clock } from '../../agent/kit/clock.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';

export interface Patience {
  /** Fires with `timed_out` when the time is over, or with the outer signal's reason. */
  readonly signal: AbortSignal;
  /** There was a sign of life: the time begins anew. */
  renew(): void;
  end(): void;
}

/** Until `end` is called, `ms` may pass without a `renew`. */
export function patience(
  clock: Clock,
  limit: { readonly ms: number; readonly what: string },
  outer?: AbortSignal,
): Patience {
  const controller = new AbortController();
  const onOuter = (): void => controller.abort(outer?.reason);
  function giveUp(): void {
    const message = `${limit.what} took longer than ${Math.round(limit.ms / 1_000)} s without progress`;
    controller.abort(new FarmError('timed_out', message, { blame: 'outside', retry: 'same' }));
  }
  let timer = clock.after(limit.ms, giveUp);
  if (outer?.aborted) onOuter();
  outer?.addEventListener('abort', onOuter, { once: true });
  return {
    signal: controller.signal,
    renew() {
      timer.cancel();
      timer = clock.after(limit.ms, giveUp);
    },
    end() {
      timer.cancel();
      outer?.removeEventListener('abort', onOuter);
    },
  };
}

/** `promise`, or the signal's reason when that fires first; for work that does not look at the signal itself. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise;
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
