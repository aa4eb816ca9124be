/**
 * What came in lately for one host type: the forecast supposes that the near future looks like a stretch of the near past, since
 * newcomers that go first are what a waiting task waits for as much as what is ahead of it already.
 */
import { firstIndex } from './sorted.ts';
import { type Task, type TaskClass, taskClasses } from './types.ts';

export interface Arrival {
  readonly at: number;
  readonly task: Task;
}

export interface Arrivals {
  /** When listening began: what came before is known in part only. */
  since: number | null;
  readonly byClass: Readonly<Record<TaskClass, Arrival[]>>;
}

/** A stretch of the past of one class. */
export interface ArrivalHistory {
  readonly start: number;
  readonly spanMs: number;
  readonly arrivals: readonly Arrival[];
}

const keptPerClass = 256;
/** A shorter past is stretched to this, so that one burst at the start is not taken for a stream. */
const shortestSpanMs = 30 * 60_000;
/** What came longer ago says nothing about now. */
const longestSpanMs = 24 * 60 * 60_000;

export function createArrivals(): Arrivals {
  return { since: null, byClass: { interactive: [], try: [], 'post-submit': [], backfill: [] } };
}

/** What was created longer ago than this when it came is back, not new. */
const newestMs = 60_000;

/** Second attempts are not arrivals, and neither is what waited already when listening began. */
export function noteArrival(arrivals: Arrivals, task: Task, at: number): void {
  arrivals.since ??= at;
  if (task.avoid.length > 0 || task.notBefore > 0 || at - task.createdAt > newestMs) return;
  const ofClass = arrivals.byClass[task.class];
  ofClass.push({ at, task });
  if (ofClass.length > keptPerClass) ofClass.shift();
}

/** What is known of each class up to `now`, in the order of `taskClasses`. */
export function historyOf(arrivals: Arrivals, now: number): readonly ArrivalHistory[] {
  return taskClasses.map((name) => {
    const ofClass = arrivals.byClass[name];
    const full = ofClass.length === keptPerClass;
    const known = full ? (ofClass[0]?.at ?? now) : (arrivals.since ?? now);
    const start = Math.max(known, now - longestSpanMs);
    const spanMs = Math.max(now - start, full ? 1000 : shortestSpanMs);
    return { start, spanMs, arrivals: ofClass.slice(firstIndex(ofClass, (other) => other.at >= start)) };
  });
}
