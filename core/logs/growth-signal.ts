/**
 * Tells any number of readers that a log has grown: at once after a pause, and at most every 25 ms in a flood, so that what readers
 * cost does not depend on how small the pieces are in which output comes. Thousands are told in groups, between which the event
 * loop turns.
 */
import type { Clock, Timer } from '../../agent/kit/clock.ts';

export interface GrowthSignal {
  /** Calls `listener` once, at the next growth. Gives the way to withdraw it. */
  onNext(listener: () => void): () => void;
  grown(): void;
  /** Without delay: there will be no more, or the log has moved. */
  tellNow(): void;
}

const pauseMs = 25;
const toldAtOnce = 200;

export function createGrowthSignal(clock: Pick<Clock, 'monotonic' | 'after'>): GrowthSignal {
  const waiting = new Set<() => void>();
  /** Those to be told of a growth that has happened. */
  const due = new Set<() => void>();
  let nextTelling: Timer | null = null;
  let nextGroup: Timer | null = null;
  let toldAt = Number.NEGATIVE_INFINITY;

  function tellNow(): void {
    nextTelling?.cancel();
    nextTelling = null;
    toldAt = clock.monotonic();
    for (const listener of waiting) due.add(listener);
    waiting.clear();
    if (nextGroup === null) tellGroup();
  }

  function tellGroup(): void {
    nextGroup = null;
    const group = [...due.values().take(toldAtOnce)];
    for (const listener of group) due.delete(listener);
    if (due.size > 0) nextGroup = clock.after(0, tellGroup);
    for (const listener of group) listener();
  }

  return {
    onNext(listener) {
      waiting.add(listener);
      return () => {
        waiting.delete(listener);
        due.delete(listener);
      };
    },
    grown() {
      if (nextTelling !== null || waiting.size === 0) return;
      const wait = toldAt + pauseMs - clock.monotonic();
      if (wait <= 0) tellNow();
      else nextTelling = clock.after(wait, tellNow);
    },
    tellNow,
  };
}
