/** A wake-up that is never lost: `wait` resolves at once when `ring` was called since the last wait. For one waiter. */
export interface Bell {
  ring(): void;
  /** Rejects with the signal's reason. */
  wait(signal: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  let rung = false;
  let wake: (() => void) | null = null;
  return {
    ring() {
      rung = true;
      wake?.();
    },
    async wait(signal) {
      signal.throwIfAborted();
      if (!rung) {
        await new Promise<void>((resolve) => {
          wake = () => {
            signal.removeEventListener('abort', onAbort);
            resolve();
          };
          const onAbort = () => resolve();
          signal.addEventListener('abort', onAbort, { once: true });
        });
        wake = null;
        signal.throwIfAborted();
      }
      rung = false;
    },
  };
}
