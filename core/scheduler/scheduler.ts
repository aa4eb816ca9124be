import { applyEvent } from './apply.ts';
import { createCorrection } from './correction.ts';
import { nextWakeAt } from './eligibility.ts';
import { createForecaster } from './forecast.ts';
import { pickFor, placeAll } from './pick.ts';
import { queuePage } from './queue-page.ts';
import { createSampling } from './sampling.ts';
import { createStandings } from './standing.ts';
import { createFarmState } from './state.ts';
import type { Placement, SchedulerEvent, TaskClass, Why } from './types.ts';
import { explain } from './why.ts';

export interface SchedulerCounts {
  readonly waiting: number;
  readonly byClass: Readonly<Record<TaskClass, number>>;
}

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
    counts() {
      const byClass: Record<TaskClass, number> = { interactive: 0, try: 0, 'post-submit': 0, backfill: 0 };
      for (const { task } of state.waiting.values()) byClass[task.class]++;
      return { waiting: state.waiting.size, byClass };
    },
    usualMs: (builder) => state.durations.usualMs(builder),
  };
}
