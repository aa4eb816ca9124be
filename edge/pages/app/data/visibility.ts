/**
 * Whether anybody looks at the page. A hidden page gives its connections back: browsers allow six to one origin over all tabs (HTTP/1.1),
 * and a seventh tab would load nothing.
 */
import type { Clock, Timer } from '../../../../agent/kit/clock.ts';

export interface Visibility {
  /** Resolves at once while the page is looked at, else when it is again; rejects when the signal fires. */
  untilSeen(signal: AbortSignal): Promise<void>;
  /** Fires when the page has been hidden for a while. */
  hidden(): AbortSignal;
}

export interface VisibilityDeps {
  readonly clock: Clock;
  readonly isSeen: () => boolean;
  readonly onChange: (listener: () => void) => void;
}

/** A tab that is only switched away from for a moment keeps its connections. */
const hideAfterMs = 20_000;

export function createVisibility(deps: VisibilityDeps): Visibility {
  let hidden = new AbortController();
  let timer: Timer | null = null;
  const waiting = new Set<() => void>();

  function change(): void {
    timer?.cancel();
    timer = null;
    if (!deps.isSeen()) {
      timer = deps.clock.after(hideAfterMs, () => hidden.abort(new Error('The page is hidden')));
      return;
    }
    if (hidden.signal.aborted) hidden = new AbortController();
    for (const resume of waiting) resume();
    waiting.clear();
  }

  deps.onChange(change);
  if (!deps.isSeen()) change();
  return {
    hidden: () => hidden.signal,
    untilSeen(signal) {
      if (!hidden.signal.aborted) return Promise.resolve();
      return new Promise((resolve, reject) => {
        function stop(): void {
          waiting.delete(go);
          reject(signal.reason);
        }
        function go(): void {
          signal.removeEventListener('abort', stop);
          resolve();
        }
        if (signal.aborted) return stop();
        signal.addEventListener('abort', stop, { once: true });
        waiting.add(go);
      });
    },
  };
}
