/** Everything that waits for one host type, in four classes. */
import { createBackfillQueue } from './backfill.ts';
import { createLaneQueue } from './lane.ts';
import type { Lines } from './lines.ts';
import {
  byNewest,
  type ClassOrder,
  type ClassQueue,
  type ClassView,
  type Taken,
  type Usable,
} from './queues.ts';
import { createRequesterQueue } from './requesters.ts';
import {
  armTurn,
  classIndex,
  copyTurns,
  createTurns,
  disarmTurn,
  nextTurn,
  reweigh,
  type Turns,
  useTurn,
} from './turns.ts';
import { type Task, type TaskClass, taskClasses } from './types.ts';

/** Every how many turns inside a class one goes to the task that waits longest. */
export const oldestEvery: Readonly<Record<TaskClass, number>> = {
  interactive: 4,
  try: 4,
  'post-submit': 4,
  backfill: 8,
};

/** Like a ClassView, over all classes. */
export interface HostView {
  take(usable: Usable): Taken | null;
}

export interface HostQueue {
  readonly size: number;
  sizeOf(name: TaskClass): number;
  add(task: Task): void;
  remove(task: Task): void;
  start(task: Task): void;
  reweigh(cost: readonly number[]): void;
  view(): HostView;
  /** For the forecast: whose turn it is, and the order inside each class (in the order of `taskClasses`). */
  turns(): Turns;
  orders(): readonly ClassOrder[];
}

/** `reordered` is called when the order of what waits changed without a call of this queue. */
export function createHostQueue(lines: Lines, cost: readonly number[], reordered: () => void): HostQueue {
  const turns = createTurns(cost);
  const classes: readonly ClassQueue[] = taskClasses.map((name) => createClassQueue(name, lines, reordered));
  function queueOf(name: TaskClass): ClassQueue {
    return classes[classIndex(name)] as ClassQueue;
  }
  return {
    get size() {
      return classes.reduce((sum, queue) => sum + queue.size, 0);
    },
    sizeOf: (name) => queueOf(name).size,
    add(task) {
      const queue = queueOf(task.class);
      queue.add(task);
      if (queue.size === 1) armTurn(turns, classIndex(task.class));
    },
    remove(task) {
      const queue = queueOf(task.class);
      queue.remove(task);
      if (queue.size === 0) disarmTurn(turns, classIndex(task.class));
    },
    start(task) {
      const queue = queueOf(task.class);
      queue.start(task);
      useTurn(turns, classIndex(task.class), queue.size > 0);
    },
    reweigh: (next) => reweigh(turns, next),
    view: () => viewClasses(turns, classes),
    turns: () => copyTurns(turns),
    orders: () => classes.map((queue) => queue.order()),
  };
}

function createClassQueue(name: TaskClass, lines: Lines, reordered: () => void): ClassQueue {
  if (name === 'backfill') return createBackfillQueue(lines, oldestEvery[name], reordered);
  if (name === 'post-submit') return createLaneQueue(byNewest, oldestEvery[name]);
  return createRequesterQueue(oldestEvery[name]);
}

/** The one class in which it matters what runs elsewhere. */
const backfill = classIndex('backfill');

function viewClasses(base: Turns, classes: readonly ClassQueue[]): HostView {
  const turns = copyTurns(base);
  const views: (ClassView | undefined)[] = [];
  function viewOf(index: number): ClassView | undefined {
    views[index] ??= classes[index]?.view();
    return views[index];
  }
  return {
    take(usable) {
      let passed = 0;
      for (;;) {
        const index = nextTurn(turns, passed);
        const view = viewOf(index);
        if (view === undefined) return null;
        const taken = view.take(usable);
        if (taken !== null) {
          useTurn(turns, index, view.left > 0);
          if (index !== backfill && classes[backfill]?.size) viewOf(backfill)?.settle(taken.task);
          return taken;
        }
        passed |= 1 << index;
      }
    },
  };
}
