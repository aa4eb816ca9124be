/** What waits, counted: by host type and class, how long, and how much of it can never run. One pass, nothing explained. */
import { isImpossible } from './blockers.ts';
import type { FarmState, Host, Waiting } from './state.ts';
import { type TaskClass, taskClasses } from './types.ts';

export interface QueueCount {
  readonly hostType: string;
  readonly class: TaskClass;
  readonly waiting: number;
  /** When the one that waits longest was created. */
  readonly oldestAt: number;
}

export interface SchedulerCounts {
  readonly waiting: number;
  readonly byClass: Readonly<Record<TaskClass, number>>;
  /** Tasks that no machine which the farm has or expects can ever serve. */
  readonly impossible: number;
  /** When the task that waits longest was created; null when nothing waits. */
  readonly oldestAt: number | null;
  /** Only where something waits. */
  readonly queues: readonly QueueCount[];
}

interface Queue {
  readonly hostType: string;
  readonly class: TaskClass;
  waiting: number;
  oldestAt: number;
}

export function takeCensus(state: FarmState): SchedulerCounts {
  const byClass: Record<TaskClass, number> = { interactive: 0, try: 0, 'post-submit': 0, backfill: 0 };
  const queues = new Map<Host, Partial<Record<TaskClass, Queue>>>();
  const hopeless = new Map<Host, boolean>();
  let impossible = 0;
  let oldestAt: number | null = null;
  for (const waiting of state.waiting.values()) {
    const { task, host } = waiting;
    byClass[task.class]++;
    if (oldestAt === null || task.createdAt < oldestAt) oldestAt = task.createdAt;
    if (isHopeless(state, waiting, hopeless)) impossible++;
    let ofHost = queues.get(host);
    if (ofHost === undefined) {
      ofHost = {};
      queues.set(host, ofHost);
    }
    const queue = ofHost[task.class];
    if (queue === undefined) {
      ofHost[task.class] = {
        hostType: host.name,
        class: task.class,
        waiting: 1,
        oldestAt: task.createdAt,
      };
    } else {
      queue.waiting++;
      if (task.createdAt < queue.oldestAt) queue.oldestAt = task.createdAt;
    }
  }
  const all = [...queues.values()].flatMap((ofHost) => taskClasses.flatMap((name) => ofHost[name] ?? []));
  return { waiting: state.waiting.size, byClass, impossible, oldestAt, queues: all };
}

/** The same answer as `explain` gives for the task, without the rest of it. */
function isHopeless(state: FarmState, { parked, host }: Waiting, hopeless: Map<Host, boolean>): boolean {
  if (parked === 'running') return false;
  if (parked === 'builder') return state.policy !== null;
  let answer = hopeless.get(host);
  if (answer === undefined) {
    answer = isImpossible(state.policy, host);
    hopeless.set(host, answer);
  }
  return answer;
}
