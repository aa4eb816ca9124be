/** Waiting for a condition instead of for luck. */

export type Until = <T>(
  what: string,
  probe: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  deadlineMs?: number,
) => Promise<T>;

/**
 * Makes a function that asks again and again until the answer is neither null, undefined nor false. A thrown error ends it at once;
 * the deadline (this one, or a call's own) ends it with what was waited for.
 */
export function createUntil(patience: { readonly deadlineMs: number; readonly pollMs: number }): Until {
  return async (what, probe, deadlineMs = patience.deadlineMs) => {
    const end = performance.now() + deadlineMs;
    for (;;) {
      const answer = await probe();
      if (answer !== null && answer !== undefined && answer !== false) return answer;
      if (performance.now() > end) throw new Error(`Waited ${deadlineMs} ms in vain: ${what}`);
      await Bun.sleep(patience.pollMs);
    }
  };
}
