/**
 * Tasks in an order of preference, where every k-th turn goes to the one that waits longest instead. So a task that has `a`
 * older ones beside it starts within (a + 1) · k turns of the lane, whatever is added after it.
 */
import {
  byAge,
  type ClassOrder,
  type ClassQueue,
  type ClassView,
  type Taken,
  type Usable,
} from './queues.ts';
import { type Compare, insertSorted, removeSorted } from './sorted.ts';
import type { Task } from './types.ts';

export interface Lane {
  readonly preferred: Task[];
  readonly byAge: Task[];
  readonly prefer: Compare<Task>;
  readonly oldestEvery: number;
  turns: number;
}

export function createLane(prefer: Compare<Task>, oldestEvery: number): Lane {
  return { preferred: [], byAge: [], prefer, oldestEvery, turns: 0 };
}

export function addToLane(lane: Lane, task: Task): void {
  insertSorted(lane.preferred, task, lane.prefer);
  insertSorted(lane.byAge, task, byAge);
}

export function removeFromLane(lane: Lane, task: Task): void {
  removeSorted(lane.preferred, task, lane.prefer);
  removeSorted(lane.byAge, task, byAge);
}

/** Whether the turn after `turns` turns goes to the one that waits longest. */
export function isTurnOfOldest(turns: number, oldestEvery: number): boolean {
  return (turns + 1) % oldestEvery === 0;
}

/** Finds the first acceptable item again and again; items at the front that were taken are passed for good. */
export function createFinder(
  items: readonly Task[],
  taken: ReadonlySet<Task>,
): (usable: Usable) => Task | null {
  let front = 0;
  return (usable) => {
    for (let task = items[front]; task !== undefined && taken.has(task); task = items[front]) front++;
    for (let index = front; index < items.length; index++) {
      const task = items[index] as Task;
      if (!taken.has(task) && usable(task)) return task;
    }
    return null;
  };
}

export function viewLane(lane: Lane): ClassView {
  const taken = new Set<Task>();
  const findPreferred = createFinder(lane.preferred, taken);
  const findOldest = createFinder(lane.byAge, taken);
  let turns = lane.turns;
  return {
    get left() {
      return lane.preferred.length - taken.size;
    },
    take(usable): Taken | null {
      const oldest = isTurnOfOldest(turns, lane.oldestEvery);
      const task = oldest ? findOldest(usable) : findPreferred(usable);
      if (task === null) return null;
      taken.add(task);
      turns++;
      return { task, rule: oldest ? { kind: 'oldest', every: lane.oldestEvery } : { kind: 'newest' } };
    },
    settle() {},
  };
}

/** A class that is one lane. */
export function createLaneQueue(prefer: Compare<Task>, oldestEvery: number): ClassQueue {
  const lane = createLane(prefer, oldestEvery);
  return {
    get size() {
      return lane.preferred.length;
    },
    add: (task) => addToLane(lane, task),
    remove: (task) => removeFromLane(lane, task),
    start(task) {
      removeFromLane(lane, task);
      lane.turns++;
    },
    view: () => viewLane(lane),
    order: (): ClassOrder => ({ ...lane, newcomerWaits: 0 }),
  };
}
