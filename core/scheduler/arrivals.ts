/**
 * What came in lately for one host type: the forecast supposes that the near future looks like a stretch of the near past, since
 * newcomers that go first are what a waiting task waits for as much as what is ahead of it already.
 */
import { firstIndex } from './sorted.ts';
import { type Task, type TaskClass, taskClasses } from './types.ts';

export interface Arrival {
  readonly at: number;
  readonly task: Task;
  /** How many arrivals it stands for. */
  readonly weight: number;
}

export interface Arrivals {
  /** When listening began. */
  since: number | null;
  readonly byClass: Readonly<Record<TaskClass, ClassArrivals>>;
}

interface ClassArrivals {
  kept: Arrival[];
  /** One in so many is kept, and how many have passed since the last one that was. */
  each: number;
  passed: number;
}

/** A stretch of the past of one class. */
export interface ArrivalHistory {
  readonly start: number;
  readonly spanMs: number;
  readonly arrivals: readonly Arrival[];
}

const mostKept = 512;
/** How far back the near past reaches. A farm that is younger still counts an hour, lest a few arrivals pass for a stream. */
const longestSpanMs = 4 * 3_600_000;
const shortestSpanMs = 3_600_000;
/** What comes as listening begins waited before, and what was created long before it comes is back, not new. */
const settlingMs = 60_000;

export function createArrivals(): Arrivals {
  const none = (): ClassArrivals => ({ kept: [], each: 1, passed: 0 });
  return {
    since: null,
    byClass: { interactive: none(), try: none(), 'post-submit': none(), backfill: none() },
  };
}

export function noteArrival(arrivals: Arrivals, task: Task, at: number): void {
  arrivals.since ??= at;
  const isBack = task.avoid.length > 0 || task.notBefore > 0 || at - task.createdAt > settlingMs;
  if (isBack || at < arrivals.since + settlingMs) return;
  const own = arrivals.byClass[task.class];
  own.passed++;
  if (own.passed < own.each) return;
  own.kept.push({ at, task, weight: own.passed });
  own.passed = 0;
  if (own.kept.length <= mostKept) return;
  own.kept = own.kept.slice(firstIndex(own.kept, (other) => other.at >= at - longestSpanMs));
  if (own.kept.length > mostKept) {
    // Half of them, each for two: the rate stays true over the whole stretch.
    own.kept = own.kept.flatMap((other, index) =>
      index % 2 === 0 ? [] : [{ ...other, weight: other.weight * 2 }],
    );
    own.each *= 2;
  } else if (own.kept.length < mostKept / 2) own.each = Math.max(1, own.each / 2);
}

/** What is known of each class up to `now`, in the order of `taskClasses`. */
export function historyOf(arrivals: Arrivals, now: number): readonly ArrivalHistory[] {
  const listenedFrom = (arrivals.since ?? now) + settlingMs;
  const start = Math.max(Math.min(listenedFrom, now), now - longestSpanMs);
  const spanMs = Math.max(now - start, shortestSpanMs);
  return taskClasses.map((name) => {
    const { kept } = arrivals.byClass[name];
    return { start, spanMs, arrivals: kept.slice(firstIndex(kept, (other) => other.at >= start)) };
  });
}
