import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { oldestEvery } from './host-queue.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import { type SchedulerPolicy, type Task, type TaskClass, taskClasses } from './types.ts';

const builders = ['b0', 'b1'];

function createFarm(weights: SchedulerPolicy['weights'], slots: number): Scheduler {
  const scheduler = createScheduler();
  const hostTypes = [{ name: 'linux', expected: 1 }];
  scheduler.apply({ type: 'policy', at: 0, policy: { weights, hostTypes, builders } });
  const machine = { id: 'm', name: 'm', hostType: 'linux', slots, note: null, since: 0 };
  scheduler.apply({ type: 'machine', at: 0, machine: { ...machine, availability: 'ready' } });
  return scheduler;
}

const someTask = fc.record({
  class: fc.constantFrom(...taskClasses),
  hostType: fc.constant('linux'),
  repo: fc.constant('repo'),
  builder: fc.constantFrom(...builders),
  priority: fc.nat(2),
  createdAt: fc.nat(50),
  commitAt: fc.nat(50),
  requestedBy: fc.option(fc.constantFrom('ann', 'bob', 'cid')),
  place: fc.option(fc.record({ branch: fc.constantFrom('main', 'next'), position: fc.nat(40) })),
  avoid: fc.constant([]),
  notBefore: fc.constant(0),
});

const someVerdict = fc.record({
  builder: fc.constantFrom(...builders),
  branch: fc.constantFrom('main', 'next'),
  position: fc.nat(40),
  passed: fc.boolean(),
});

const someWeights = fc.record({
  interactive: fc.constantFrom(100, 3),
  try: fc.constantFrom(20, 2, 1),
  'post-submit': fc.constantFrom(4, 1),
  backfill: fc.constantFrom(1, 0.5),
});

test('the queue is in the order in which slots that free up one by one take from it', () => {
  fc.assert(
    fc.property(
      someWeights,
      fc.array(someTask, { maxLength: 40 }),
      fc.array(someVerdict, { maxLength: 12 }),
      fc.nat(20),
      (weights, drawn, verdicts, started) => {
        const scheduler = createFarm(weights, drawn.length);
        for (const { builder, branch, position, passed } of verdicts) {
          scheduler.apply({
            type: 'verdict',
            at: 0,
            line: { repo: 'repo', branch, builder },
            position,
            passed,
          });
        }
        const tasks: readonly Task[] = drawn.map((task, index) => ({ ...task, id: `t${index}` }));
        for (const task of tasks) scheduler.apply({ type: 'task-added', at: 100, task });
        const take = (): string | null => {
          const placement = scheduler.pick('m', 200);
          if (placement === null) return null;
          scheduler.apply({ type: 'task-started', at: 200, ...placement });
          return placement.taskId;
        };
        for (let turn = 0; turn < started; turn++) take();
        const expected = scheduler.queue(200, { offset: 0, limit: 100 }).map((why) => why.taskId);
        const actual: string[] = [];
        for (let taskId = take(); taskId !== null; taskId = take()) actual.push(taskId);
        expect(actual).toEqual(expected);
      },
    ),
    { numRuns: 300 },
  );
}, 60_000);

/** The bound that `turns.ts`, `lane.ts` and `requesters.ts` promise for a task with `older` older ones in its class. */
function mostPlacementsBefore(
  weights: SchedulerPolicy['weights'],
  name: TaskClass,
  older: number,
  seats: number,
): number {
  const others = taskClasses.filter((other) => other !== name);
  const perTurn = 1 + others.reduce((sum, other) => sum + weights[other] / weights[name] + 2, 0);
  return Math.ceil((older + 1) * oldestEvery[name] * seats * perTurn);
}

test('nothing starves while every class has more work than can be done', () => {
  fc.assert(
    fc.property(
      someWeights,
      fc.constantFrom(...taskClasses),
      fc.nat(5),
      fc.integer({ min: 1, max: 3 }),
      (weights, name, older, people) => {
        const scheduler = createFarm(weights, 1);
        let serial = 0;
        const add = (kind: TaskClass, id: string): void => {
          serial++;
          const task: Task = {
            id,
            class: kind,
            hostType: 'linux',
            repo: 'repo',
            builder: 'b0',
            priority: id === 'victim' ? 0 : 5,
            createdAt: serial,
            commitAt: id === 'victim' ? 0 : serial,
            requestedBy: `p${serial % people}`,
            place: kind === 'backfill' ? { branch: 'main', position: 1_000_000 + serial } : null,
            avoid: [],
            notBefore: 0,
          };
          scheduler.apply({ type: 'task-added', at: serial, task });
        };
        for (let index = 0; index < older; index++) add(name, `older${index}`);
        add('backfill', 'other');
        add(name, 'victim');
        for (const kind of taskClasses) for (let copy = 0; copy < 6; copy++) add(kind, `${kind} ${serial}`);
        let placements = 0;
        for (let placed = ''; placed !== 'victim'; placements++) {
          const placement = scheduler.pick('m', serial)!;
          const kind = placement.reason.split(':')[0] as TaskClass;
          add(kind, `${kind} ${serial}`);
          scheduler.apply({ type: 'task-started', at: serial, ...placement });
          scheduler.apply({ type: 'task-ended', at: serial, ...placement, ranMs: null });
          placed = placement.taskId;
        }
        expect(placements).toBeLessThanOrEqual(mostPlacementsBefore(weights, name, older + 1, people));
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);
