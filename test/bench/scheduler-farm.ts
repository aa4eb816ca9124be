/**
 * A farm in virtual time around the product's own scheduler: commits, people, machines that break and come back. It asks the
 * scheduler now and then when waiting tasks will start, and keeps what came true.
 */

import { createScheduler, type Scheduler } from '../../core/scheduler/index.ts';
import { createSequence } from '../../core/scheduler/random.ts';
import type { MachineView, Placement, Task, TaskClass, Why } from '../../core/scheduler/types.ts';

/** An answer and what happened then; times in ms of the farm. */
export interface Answered {
  readonly class: TaskClass;
  readonly askedAt: number;
  readonly ahead: number;
  readonly expected: NonNullable<Why['expectedStart']>;
  readonly startedAt: number;
}

export interface FarmResult {
  readonly answered: readonly Answered[];
  readonly placed: number;
  readonly events: number;
  /** Waiting tasks that were asked about and had no blocker, which must never be. */
  readonly unexplained: number;
  readonly busyShare: number;
}

export interface FarmOptions {
  readonly seed: number;
  readonly hours: number;
  /** Machines break about once in so many hours; null: never. */
  readonly breakHours: number | null;
  /** Least and greatest deviation of the logarithm of a builder's durations. */
  readonly deviation: readonly [number, number];
  /** So many commits come at once, in between comes nothing; null: commits and people come at any time. */
  readonly burst: number | null;
  /** Least and greatest share of time for which slots are needed. */
  readonly load: readonly [number, number];
}

interface Builder {
  readonly name: string;
  readonly medianMs: number;
  readonly deviation: number;
}

interface Running extends Placement {
  readonly task: Task;
  readonly startedAt: number;
  readonly run: number;
}

const hourMs = 3_600_000;
const weights = { interactive: 1000, try: 100, 'post-submit': 10, backfill: 1 };

export function runFarm(options: FarmOptions): FarmResult {
  const random = createSequence(options.seed);
  const between = (low: number, high: number): number => low + random() * (high - low);
  const exponential = (mean: number): number => -Math.log(1 - random()) * mean;
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const agenda = createAgenda();
  const scheduler = createScheduler();
  const farm = layOut(between, options);
  const endAt = options.hours * hourMs;
  const running = new Map<string, Running>();
  const tasks = new Map<string, Task>();
  const open = new Map<string, Omit<Answered, 'startedAt'>[]>();
  const answered: Answered[] = [];
  const count = { tasks: 0, runs: 0, placed: 0, events: 0, unexplained: 0, busyMs: 0, position: 0 };
  let now = 0;

  function apply(event: Parameters<Scheduler['apply']>[0]): void {
    count.events++;
    scheduler.apply(event);
  }
  function add(kind: TaskClass, builder: Builder, requestedBy: string | null, position: number | null): void {
    const task: Task = {
      id: `t${count.tasks++}`,
      class: kind,
      hostType: 'host',
      repo: 'repo',
      builder: builder.name,
      priority: 0,
      createdAt: now,
      commitAt: now,
      requestedBy,
      place: position === null ? null : { branch: 'main', position },
      avoid: [],
      notBefore: 0,
    };
    tasks.set(task.id, task);
    apply({ type: 'task-added', at: now, task });
  }
  function place(): void {
    for (const placement of scheduler.next(now)) start(placement);
    const wakeAt = scheduler.nextWakeAt(now);
    if (wakeAt !== null) agenda.add(Math.max(wakeAt, now + 1), () => place());
  }
  function start(placement: Placement): void {
    const task = tasks.get(placement.taskId) as Task;
    const builder = farm.builders.find((other) => other.name === task.builder) as Builder;
    apply({ type: 'task-started', at: now, ...placement });
    count.placed++;
    for (const answer of open.get(task.id) ?? []) answered.push({ ...answer, startedAt: now });
    open.delete(task.id);
    const run = count.runs++;
    const key = `${placement.machineId}/${placement.slot}`;
    running.set(key, { ...placement, task, startedAt: now, run });
    const ranMs = builder.medianMs * Math.exp(builder.deviation * normal());
    agenda.add(now + ranMs, () => {
      if (running.get(key)?.run === run) end(key, ranMs);
    });
  }
  function end(key: string, ranMs: number | null): void {
    const ended = running.get(key);
    if (ended === undefined) return;
    running.delete(key);
    count.busyMs += now - ended.startedAt;
    const { taskId, machineId, slot, task } = ended;
    apply({ type: 'slot-held', at: now, machineId, slot, note: 'is being cleaned' });
    apply({ type: 'task-ended', at: now, taskId, machineId, slot, ranMs });
    agenda.add(now + between(300, 1500), () => {
      apply({ type: 'slot-free', at: now, machineId, slot });
      place();
    });
    if (ranMs !== null) {
      tasks.delete(taskId);
      if (task.place === null) return;
      const line = { repo: task.repo, branch: task.place.branch, builder: task.builder };
      apply({ type: 'verdict', at: now, line, position: task.place.position, passed: random() < 0.9 });
      return;
    }
    const again = { ...task, avoid: [...task.avoid, machineId], notBefore: now + 30_000 };
    tasks.set(taskId, again);
    apply({ type: 'task-added', at: now, task: again });
  }
  function breakDown(machine: MachineView): void {
    apply({
      type: 'machine',
      at: now,
      machine: { ...machine, availability: 'away', note: 'lost', since: now },
    });
    agenda.add(now + 30_000, () => {
      for (const [key, run] of [...running]) if (run.machineId === machine.id) end(key, null);
      place();
    });
    agenda.add(now + 60_000 + exponential(0.3 * hourMs), () => {
      apply({ type: 'machine', at: now, machine: { ...machine, since: now } });
      place();
    });
  }
  function ask(): void {
    for (const why of scheduler.queue(now, { offset: Math.floor(random() * 3) * 5, limit: 4 })) {
      if (why.blockers.length === 0) count.unexplained++;
      const task = tasks.get(why.taskId) as Task;
      if (why.expectedStart === null) continue;
      const answers = open.get(task.id) ?? [];
      answers.push({ class: task.class, askedAt: now, ahead: why.ahead, expected: why.expectedStart });
      open.set(task.id, answers);
    }
  }
  function every(meanMs: number, act: () => void): void {
    agenda.add(now + exponential(meanMs), () => {
      act();
      place();
      every(meanMs, act);
    });
  }

  apply({
    type: 'policy',
    at: 0,
    policy: {
      weights,
      hostTypes: [{ name: 'host', expected: 1 }],
      builders: farm.builders.map((b) => b.name),
    },
  });
  for (const machine of farm.machines) {
    apply({ type: 'machine', at: 0, machine });
    if (options.breakHours === null) continue;
    every(options.breakHours * hourMs, () => breakDown(machine));
  }
  const anyBuilder = (): Builder => farm.builders[Math.floor(random() * farm.builders.length)] as Builder;
  function commit(): void {
    count.position++;
    for (const builder of farm.builders) {
      add('post-submit', builder, null, count.position);
      if (random() < 0.2) add('backfill', builder, null, Math.floor(random() * count.position));
    }
  }
  if (options.burst === null) {
    every(farm.commitMs, commit);
    every(farm.tryMs, () => {
      const person = `p${Math.floor(random() * 8)}`;
      const some = farm.builders.filter(() => random() < 0.6);
      for (const builder of some) add('try', builder, person, null);
    });
    every(farm.interactiveMs, () => add('interactive', anyBuilder(), `p${Math.floor(random() * 8)}`, null));
  } else {
    const { burst } = options;
    every(farm.commitMs * burst, () => {
      for (let index = 0; index < burst; index++) commit();
    });
  }
  every(4 * 60_000, ask);
  for (let next = agenda.next(); next !== null && next.at < endAt; next = agenda.next()) {
    now = next.at;
    next.act();
  }
  const slots = farm.machines.reduce((sum, machine) => sum + machine.slots, 0);
  const { placed, events, unexplained } = count;
  return { answered, placed, events, unexplained, busyShare: count.busyMs / (slots * endAt) };
}

function layOut(between: (low: number, high: number) => number, { deviation, load }: FarmOptions) {
  const slots = Math.floor(between(1, 4));
  const machines: MachineView[] = Array.from({ length: Math.floor(between(1, 9)) }, (_, index) => ({
    id: `m${index}`,
    name: `m${index}`,
    hostType: 'host',
    slots,
    availability: 'ready',
    note: null,
    since: 0,
  }));
  const builders: Builder[] = Array.from({ length: Math.floor(between(1, 6)) }, (_, index) => ({
    name: `b${index}`,
    medianMs: Math.exp(between(Math.log(20_000), Math.log(1_200_000))),
    deviation: between(...deviation),
  }));
  const meanMs = builders.reduce((sum, builder) => sum + builder.medianMs, 0) / builders.length;
  const capacity = (machines.length * slots * between(...load)) / meanMs;
  const commitsPerMs = (capacity * 0.6) / (1.2 * builders.length);
  return {
    machines,
    builders,
    commitMs: 1 / commitsPerMs,
    tryMs: (0.6 * builders.length) / (capacity * 0.3),
    interactiveMs: 1 / (capacity * 0.1),
  };
}

interface Agenda {
  add(at: number, act: () => void): void;
  next(): { readonly at: number; readonly act: () => void } | null;
}

/** What happens when: a binary heap. */
function createAgenda(): Agenda {
  const heap: { readonly at: number; readonly order: number; readonly act: () => void }[] = [];
  let order = 0;
  const before = (a: number, b: number): boolean => {
    const [first, second] = [heap[a], heap[b]];
    if (!first || !second) return first !== undefined;
    return first.at < second.at || (first.at === second.at && first.order < second.order);
  };
  const swap = (a: number, b: number): void => {
    [heap[a], heap[b]] = [heap[b]!, heap[a]!];
  };
  return {
    add(at, act) {
      heap.push({ at, order: order++, act });
      for (let child = heap.length - 1; child > 0; ) {
        const parent = (child - 1) >> 1;
        if (!before(child, parent)) break;
        swap(child, parent);
        child = parent;
      }
    },
    next() {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined) return null;
      if (heap.length === 0) return first;
      heap[0] = last;
      for (let parent = 0; ; ) {
        let child = 2 * parent + 1;
        if (child >= heap.length) break;
        if (before(child + 1, child)) child++;
        if (!before(child, parent)) break;
        swap(child, parent);
        parent = child;
      }
      return first;
    },
  };
}
