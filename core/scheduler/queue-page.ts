/** One page of everything that waits, in the order in which it will be placed. */
import type { Forecaster } from './forecast.ts';
import { byAge } from './queues.ts';
import type { FarmState, Waiting } from './state.ts';
import { classIndex } from './turns.ts';
import type { Task } from './types.ts';

export interface PageQuery {
  readonly offset: number;
  readonly limit: number;
}

/**
 * Host types don't wait for each other, so what is next on each of them comes first, then what is second, and so on; the more
 * urgent class first in each round. What is in no queue comes last, since it will not be placed as things are.
 */
export function queuePage(
  state: FarmState,
  forecaster: Forecaster,
  now: number,
  { offset, limit }: PageQuery,
): readonly Waiting[] {
  const rankings = [...state.hosts.values()]
    .filter((host) => host.queue.size > 0)
    .map((host) => forecaster.ranking(host, now).tasks);
  const page: Task[] = [];
  let before = 0;
  for (let rank = 0; before < offset + limit; rank++) {
    const round = rankings.flatMap((tasks) => tasks[rank] ?? []);
    if (round.length === 0) break;
    if (before + round.length > offset) {
      round.sort(byUrgency);
      page.push(...round.slice(Math.max(0, offset - before), offset + limit - before));
    }
    before += round.length;
  }
  if (before < offset + limit) {
    const parked = [...state.waiting.values()].filter((waiting) => waiting.parked !== null);
    const tasks = parked.map((waiting) => waiting.task).sort(byAge);
    page.push(...tasks.slice(Math.max(0, offset - before), offset + limit - before));
  }
  return page.flatMap((task) => state.waiting.get(task.id) ?? []);
}

function byUrgency(a: Task, b: Task): number {
  return classIndex(a.class) - classIndex(b.class) || byAge(a, b);
}
