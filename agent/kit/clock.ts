/** Time as a dependency. This is the only file of the product that touches timers and the wall clock. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall clock, milliseconds since 1970 UTC. May jump. */
  now(): number;
  /** Milliseconds that never go backwards; only differences mean something. */
  monotonic(): number;
  /** Calls `run` once after `ms` (longer than a platform timer can hold is fine). */
  after(ms: number, run: () => void): Timer;
  /** Resolves after `ms`; rejects with the signal's reason when it fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A platform timer fires at once when it is asked for more than this. */
const longestTimerMs = 2 ** 31 - 1;

export function createSystemClock(): Clock {
  function after(ms: number, run: () => void): Timer {
    let handle: ReturnType<typeof setTimeout>;
    function arm(left: number): void {
      const part = Math.min(Math.max(left, 0), longestTimerMs);
      handle = setTimeout(() => (left > part ? arm(left - part) : run()), part);
    }
    arm(ms);
    return { cancel: () => clearTimeout(handle) };
  }
  return { now: () => Date.now(), monotonic: () => performance.now(), after, sleep: sleepWith(after) };
}

/** `sleep` in terms of `after`, so that every clock cancels in the same way. */
export function sleepWith(after: Clock['after']): Clock['sleep'] {
  return (ms, signal) =>
    new Promise<void>((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      function onAbort(): void {
        timer.cancel();
        reject(signal?.reason);
      }
      const timer = after(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
}
