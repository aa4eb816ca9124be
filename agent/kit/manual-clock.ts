/** A clock for tests and simulations: time passes only when it is told to. */
import { type Clock, sleepWith } from './clock.ts';

export interface ManualClock extends Clock {
  /** Lets `ms` pass: due timers run in order of their time, promises settle between them. */
  advance(ms: number): Promise<void>;
  /** How many timers wait. */
  readonly waiting: number;
}

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export function createManualClock(startAt = Date.UTC(2030, 0, 1)): ManualClock {
  const entries = new Set<Entry>();
  let passed = 0;
  let order = 0;

  function after(ms: number, run: () => void): { cancel(): void } {
    const entry = { at: passed + Math.max(ms, 0), order: order++, run };
    entries.add(entry);
    return { cancel: () => entries.delete(entry) };
  }

  function nextUntil(limit: number): Entry | undefined {
    let next: Entry | undefined;
    for (const entry of entries) {
      if (entry.at > limit) continue;
      if (next === undefined || entry.at < next.at || (entry.at === next.at && entry.order < next.order)) {
        next = entry;
      }
    }
    return next;
  }

  return {
    now: () => startAt + passed,
    monotonic: () => passed,
    after,
    sleep: sleepWith(after),
    get waiting() {
      return entries.size;
    },
    async advance(ms) {
      const end = passed + ms;
      await settle();
      for (let next = nextUntil(end); next !== undefined; next = nextUntil(end)) {
        entries.delete(next);
        passed = next.at;
        next.run();
        await settle();
      }
      passed = end;
    },
  };
}

/** Promises that are ready, and those that they make ready. */
async function settle(): Promise<void> {
  for (let round = 0; round < 16; round++) await Promise.resolve();
}
