import { applyEvent } from './apply.ts';
import { type SchedulerCounts, takeCensus } from './census.ts';
import { createCorrection } from './correction.ts';
import { nextWakeAt } from './eligibility.ts';
import { createForecaster } from './forecast.ts';
import { pickFor, placeAll } from './pick.ts';
import { queuePage } from './queue-page.ts';
import { createSampling } from './sampling.ts';
import { createStandings } from './standing.ts';
import { createFarmState } from './state.ts';
import type { Placement, SchedulerEvent, Why } from './types.ts';
import { explain } from './why.ts';

/** What waits and what runs, and the rules for what goes where. Only `apply` changes it; all times are wall-clock ms. */
export interface Scheduler {
  /** Never throws: an event that contradicts what is known (an end of something not running) changes nothing. */
  apply(event: SchedulerEvent): void;
  /** The best waiting task for a free slot of the machine; null when there is none, or nothing may start there now. */
  pick(machineId: string, now: number): Placement | null;
  /** A placement for every free slot that can get work, as if each were started in turn. They hold until the next event. */
  next(now: number): readonly Placement[];
  /** When to call `next` again though nothing happens; null: never. */
  nextWakeAt(now: number): number | null;
  /** Null when the task does not wait. */
  why(taskId: string, now: number): Why | null;
  /** Everything that waits, what is placed sooner first; what can't be placed last. */
  queue(now: number, page: { readonly offset: number; readonly limit: number }): readonly Why[];
  /** One pass over what waits: for every page and scrape, thousands of waiting tasks cost well under a millisecond. */
  counts(): SchedulerCounts;
  /** Usual duration of a builder (median), ms; null while none is known. */
  usualMs(builder: string): number | null;
}

export function createScheduler(): Scheduler {
  const state = createFarmState();
  const forecaster = createForecaster(state);
  const correction = createCorrection();
  const sampling = createSampling(state, forecaster, correction);
  const seer = { state, forecaster, correction, standing: createStandings() };
  return {
    apply(event) {
      sampling.hear(event);
      applyEvent(state, event);
    },
    pick: (machineId, now) => pickFor(state, machineId, now),
    next: (now) => placeAll(state, now),
    nextWakeAt: (now) => nextWakeAt(state, now),
    why(taskId, now) {
      const waiting = state.waiting.get(taskId);
      return waiting === undefined ? null : explain(seer, waiting, now);
    },
    queue: (now, page) =>
      queuePage(state, forecaster, now, page).map((waiting) => explain(seer, waiting, now)),
    counts: () => takeCensus(state),
    usualMs: (builder) => state.durations.usualMs(builder),
  };
}
