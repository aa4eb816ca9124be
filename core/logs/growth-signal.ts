/**
 * Tells any number of readers that a log has grown: at once after a pause, and at most every 25 ms in a flood, so that what readers
 * cost does not depend on how small the pieces are in which output comes.
 */
import type { Clock, Timer } from '../../agent/kit/clock.ts';

export interface GrowthSignal {
  /** Calls `listener` once, at the next growth. Gives the way to withdraw it. */
  onNext(listener: () => void): () => void;
  grown(): void;
  /** Without delay: there will be no more, or the log has moved. */
  tellNow(): void;
  readonly listeners: number;
}

const pauseMs = 25;

export function createGrowthSignal(clock: Pick<Clock, 'monotonic' | 'after'>): GrowthSignal {
  let listeners = new Set<() => void>();
  let timer: Timer | null = null;
  let toldAt = Number.NEGATIVE_INFINITY;

  function tellNow(): void {
    timer?.cancel();
    timer = null;
    toldAt = clock.monotonic();
    const told = listeners;
    listeners = new Set();
    for (const listener of told) listener();
  }

  return {
    onNext(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    grown() {
      if (timer !== null || listeners.size === 0) return;
      const wait = toldAt + pauseMs - clock.monotonic();
      if (wait <= 0) tellNow();
      else timer = clock.after(wait, tellNow);
    },
    tellNow,
    get listeners() {
      return listeners.size;
    },
  };
}
