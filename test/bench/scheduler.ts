/** How fast the scheduler decides and answers, by size; `bun test/bench/scheduler.ts [farms]` also says how honest its estimates are. */
import { createScheduler, type Scheduler } from '../../core/scheduler/index.ts';
import { type Task, type TaskClass, taskClasses } from '../../core/scheduler/types.ts';
import { calibrate, calibrationOf, regimes } from './scheduler-calibration.ts';

interface Size {
  readonly hostTypes: number;
  readonly waiting: number;
  readonly machines: number;
  readonly slots: number;
}

const weights = { interactive: 1000, try: 100, 'post-submit': 10, backfill: 1 };

function taskAt(index: number, size: Size): Task {
  const kind = taskClasses[Math.floor(index / size.hostTypes) % taskClasses.length] as TaskClass;
  const hasPlace = kind === 'backfill' || kind === 'post-submit';
  return {
    id: `t${index}`,
    class: kind,
    hostType: `host-${index % size.hostTypes}`,
    repo: 'repo',
    builder: `b${index % Math.max(size.hostTypes, 20)}`,
    priority: 0,
    createdAt: index,
    commitAt: (index * 7919) % 100_000,
    requestedBy: hasPlace ? null : `person-${index % 17}`,
    place: hasPlace ? { branch: 'main', position: index } : null,
    avoid: [],
    notBefore: 0,
  };
}

function createFilled(size: Size): { readonly scheduler: Scheduler; readonly addMs: number } {
  const scheduler = createScheduler();
  const hostTypes = Array.from({ length: size.hostTypes }, (_, i) => ({ name: `host-${i}`, expected: 1 }));
  const builders = Array.from({ length: Math.max(size.hostTypes, 20) }, (_, i) => `b${i}`);
  scheduler.apply({ type: 'policy', at: 0, policy: { weights, hostTypes, builders } });
  for (const [index, builder] of builders.entries()) {
    scheduler.apply({
      type: 'durations',
      at: 0,
      builder,
      ran: [50, 60, 70].map((s) => ({ repo: 'app', ms: s * (1000 + index) })),
    });
  }
  const started = performance.now();
  for (let index = 0; index < size.waiting; index++) {
    scheduler.apply({ type: 'task-added', at: 0, task: taskAt(index, size) });
  }
  const addMs = performance.now() - started;
  for (let index = 0; index < size.machines; index++) {
    const hostType = `host-${index % size.hostTypes}`;
    const machine = { id: `m${index}`, name: `m${index}`, hostType, slots: size.slots, note: null, since: 0 };
    scheduler.apply({ type: 'machine', at: 0, machine: { ...machine, availability: 'ready' } });
  }
  return { scheduler, addMs };
}

/** Places everything, with `next` after every single event, as the farm does. */
function drain(scheduler: Scheduler): number {
  const running: { readonly taskId: string; readonly machineId: string; readonly slot: number }[] = [];
  let now = 10_000;
  for (let ended = 0; ; ended++) {
    for (const placement of scheduler.next(now)) {
      scheduler.apply({ type: 'task-started', at: now, ...placement });
      running.push(placement);
    }
    const run = running[ended];
    if (run === undefined) return running.length;
    now++;
    const { taskId, machineId, slot } = run;
    scheduler.apply({ type: 'task-ended', at: now, taskId, machineId, slot, ranMs: 60_000 });
  }
}

function timed(run: () => void): string {
  const started = performance.now();
  run();
  return `${(performance.now() - started).toFixed(1)} ms`;
}

/** A farm in which every slot is busy and the rest waits. */
function answer(size: Size): Record<string, string> {
  const { scheduler } = createFilled(size);
  const now = 10_000;
  for (const placement of scheduler.next(now))
    scheduler.apply({ type: 'task-started', at: now, ...placement });
  const last = `t${size.waiting - 1}`;
  const page = (at: number): string =>
    timed(() => scheduler.queue(at, { offset: Math.floor(size.waiting / 2), limit: 100 }));
  return {
    'queue, cold': page(now),
    'queue, after a second': page(now + 1000),
    'queue, again': page(now + 1000),
    'why, after a second': timed(() => scheduler.why(last, now + 2000)),
    'why, again': timed(() => scheduler.why(last, now + 2000)),
  };
}

export function placementsPerSecond(size: Size): number {
  const { scheduler } = createFilled(size);
  const started = performance.now();
  const placed = drain(scheduler);
  return placed / ((performance.now() - started) / 1000);
}

function report(size: Size): Record<string, string> {
  const { scheduler, addMs } = createFilled(size);
  const remove = timed(() => {
    for (let index = 0; index < size.waiting; index++) {
      scheduler.apply({ type: 'task-removed', at: 0, taskId: `t${index}` });
    }
  });
  return {
    'placements/s': String(Math.round(placementsPerSecond(size))),
    'add all': `${addMs.toFixed(1)} ms`,
    'remove all': remove,
    ...answer(size),
  };
}

export const manyQueues: Size = { hostTypes: 1000, waiting: 5000, machines: 1000, slots: 1 };

const sizes: readonly Size[] = [
  manyQueues,
  { hostTypes: 1, waiting: 5000, machines: 50, slots: 1 },
  { hostTypes: 1, waiting: 5000, machines: 5000, slots: 1 },
  { hostTypes: 1000, waiting: 50_000, machines: 5000, slots: 4 },
];

function main(): void {
  for (const size of sizes) {
    const { hostTypes, waiting, machines, slots } = size;
    console.log(`${waiting} waiting, ${hostTypes} host types, ${machines} machines of ${slots} slots`);
    for (const [what, figure] of Object.entries(report(size))) console.log(`  ${what.padEnd(24)} ${figure}`);
  }

  const farms = Number(process.argv[2] ?? 0);
  for (const [name, options] of Object.entries(farms > 0 ? regimes : {})) {
    const { answers, inside, before, after, beforeMedian, medianError } = calibrationOf(
      calibrate(farms, options),
    );
    const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
    console.log(`expected starts, ${name}: ${farms} farms, ${answers} answers for tasks that waited on`);
    console.log(
      `  80 % interval held       ${percent(inside)} (${percent(before)} before, ${percent(after)} after)`,
    );
    console.log(`  started before median    ${percent(beforeMedian)}`);
    console.log(`  median error of median   ${percent(medianError)} of the wait`);
  }
}

if (import.meta.main) main();
