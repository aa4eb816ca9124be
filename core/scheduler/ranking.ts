/** The order in which what waits for a host type would be placed if nothing else came in. */
import { byAge } from './queues.ts';
import type { Host } from './state.ts';
import { classIndex } from './turns.ts';
import { type Task, taskClasses } from './types.ts';

export interface Ranking {
  /** Everything queued; tasks in a pause last, by its end. */
  readonly tasks: readonly Task[];
  readonly rankOf: ReadonlyMap<string, number>;
  /** How many of each class stand before a rank, in the order of `taskClasses`. */
  aheadOf(rank: number): readonly number[];
}

interface Kept {
  readonly version: number;
  readonly ranking: Ranking;
  /** No pause ends in between. */
  readonly from: number;
  readonly until: number;
}

/** Keeps the order of each host until the host changes. */
export function createRankings(): (host: Host, now: number) => Ranking {
  const kept = new Map<Host, Kept>();
  return (host, now) => {
    const last = kept.get(host);
    if (last && last.version === host.version && last.from <= now && now < last.until) return last.ranking;
    const tasks = order(host, now);
    const ranking = createRanking(tasks);
    let from = Number.NEGATIVE_INFINITY;
    let until = Number.POSITIVE_INFINITY;
    for (const { notBefore } of tasks) {
      if (notBefore > now) until = Math.min(until, notBefore);
      else from = Math.max(from, notBefore);
    }
    kept.set(host, { version: host.version, ranking, from, until });
    return ranking;
  };
}

function createRanking(tasks: readonly Task[]): Ranking {
  const size = taskClasses.length;
  const ahead = new Uint32Array(size * (tasks.length + 1));
  for (const [rank, task] of tasks.entries()) {
    ahead.copyWithin(size * (rank + 1), size * rank, size * (rank + 1));
    const own = size * (rank + 1) + classIndex(task.class);
    ahead[own] = (ahead[own] ?? 0) + 1;
  }
  return {
    tasks,
    rankOf: new Map(tasks.map((task, rank) => [task.id, rank])),
    aheadOf: (rank) => [...ahead.subarray(size * rank, size * (rank + 1))],
  };
}

function order(host: Host, now: number): readonly Task[] {
  const view = host.queue.view();
  const due: Task[] = [];
  const isDue = (task: Task): boolean => task.notBefore <= now;
  for (let taken = view.take(isDue); taken !== null; taken = view.take(isDue)) due.push(taken.task);
  const paused: Task[] = [];
  for (let taken = view.take(() => true); taken !== null; taken = view.take(() => true))
    paused.push(taken.task);
  return [...due, ...paused.sort((a, b) => a.notBefore - b.notBefore || byAge(a, b))];
}
