import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { expectedBackMs } from './eligibility.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import {
  type MachineAvailability,
  type MachineView,
  type Placement,
  type SchedulerEvent,
  type Task,
  taskClasses,
} from './types.ts';

const weights = { interactive: 1000, try: 100, 'post-submit': 10, backfill: 1 };
const hostTypes = ['linux', 'mac', 'rare'];
const builders = ['b0', 'b1', 'b2'];
const availabilities: readonly MachineAvailability[] = ['ready', 'away', 'draining', 'quarantined'];

/** What a plain reading of the events says; the scheduler is held against it after every command. */
interface Model {
  now: number;
  readonly events: SchedulerEvent[];
  readonly waiting: Map<string, Task>;
  readonly machines: Map<string, MachineView>;
  /** By "machine/slot". */
  readonly running: Map<string, Placement & { readonly task: Task }>;
  readonly held: Set<string>;
  builders: readonly string[];
  serial: number;
}

type Command = fc.Command<Model, Scheduler>;

function tell(model: Model, scheduler: Scheduler, event: SchedulerEvent): void {
  model.events.push(event);
  scheduler.apply(event);
}

function setPolicy(model: Model, scheduler: Scheduler, names: readonly string[]): void {
  model.builders = names;
  const types = [
    { name: 'linux', expected: 2 },
    { name: 'mac', expected: 0 },
  ];
  const policy = { weights, hostTypes: types, builders: names };
  tell(model, scheduler, { type: 'policy', at: model.now, policy });
}

function slotKey({ machineId, slot }: { readonly machineId: string; readonly slot: number }): string {
  return `${machineId}/${slot}`;
}

function freeSlotsOf(model: Model): readonly { readonly machine: MachineView; readonly slot: number }[] {
  return [...model.machines.values()].flatMap((machine) =>
    Array.from({ length: machine.availability === 'ready' ? machine.slots : 0 }, (_, slot) => ({
      machine,
      slot,
    })).filter(({ slot }) => {
      const key = slotKey({ machineId: machine.id, slot });
      return !model.running.has(key) && !model.held.has(key);
    }),
  );
}

function mayRun(model: Model, task: Task, machine: MachineView): boolean {
  if (task.hostType !== machine.hostType || task.notBefore > model.now) return false;
  if (!model.builders.includes(task.builder)) return false;
  if ([...model.running.values()].some((run) => run.taskId === task.id)) return false;
  if (!task.avoid.includes(machine.id)) return true;
  return ![...model.machines.values()].some(
    (other) =>
      other.hostType === task.hostType &&
      !task.avoid.includes(other.id) &&
      other.slots > 0 &&
      (other.availability === 'ready' ||
        (other.availability === 'away' && other.since + expectedBackMs > model.now)),
  );
}

function checkPlacement(model: Model, placement: Placement): void {
  const task = model.waiting.get(placement.taskId);
  const free = freeSlotsOf(model).find(
    ({ machine, slot }) => machine.id === placement.machineId && slot === placement.slot,
  );
  expect(task, `${placement.taskId} waits`).toBeDefined();
  expect(free, `${slotKey(placement)} is free and ready`).toBeDefined();
  expect(mayRun(model, task!, free!.machine)).toBe(true);
  expect(placement.reason.length).toBeGreaterThan(0);
}

function begin(model: Model, scheduler: Scheduler, placement: Placement): void {
  const { taskId, machineId, slot } = placement;
  const task = model.waiting.get(taskId)!;
  model.waiting.delete(taskId);
  model.running.set(slotKey(placement), { ...placement, task });
  tell(model, scheduler, { type: 'task-started', at: model.now, taskId, machineId, slot });
}

/** Every answer that the scheduler gives, checked against the model. */
function checkAnswers(model: Model, scheduler: Scheduler): void {
  const { now } = model;
  const all = scheduler.queue(now, { offset: 0, limit: 10_000 });
  expect(all.map((why) => why.taskId).sort()).toEqual([...model.waiting.keys()].sort());
  const counts = scheduler.counts();
  expect(counts.waiting).toBe(model.waiting.size);
  expect(counts.impossible).toBe(all.filter((why) => why.impossible).length);
  expect(counts.queues.reduce((sum, queue) => sum + queue.waiting, 0)).toBe(model.waiting.size);
  const created = [...model.waiting.values()].map((task) => task.createdAt);
  expect(counts.oldestAt).toBe(created.length === 0 ? null : Math.min(...created));
  for (const why of all) {
    expect(why.blockers.length).toBeGreaterThan(0);
    for (const { text } of why.blockers) expect(text).not.toMatch(/unknown|undefined|NaN|Infinity|null/);
    expect(why.summary.length).toBeGreaterThan(0);
    expect(scheduler.why(why.taskId, now)).toEqual(why);
    const task = model.waiting.get(why.taskId)!;
    const hasMachine = [...model.machines.values()].some((machine) => machine.hostType === task.hostType);
    const impossible = !model.builders.includes(task.builder) || (!hasMachine && task.hostType !== 'linux');
    expect(why.impossible).toBe(impossible);
    if (why.expectedStart === null) continue;
    const { earliest, likely, latest } = why.expectedStart;
    expect(now <= earliest && earliest <= likely && likely <= latest).toBe(true);
    expect(Number.isFinite(latest)).toBe(true);
  }
}

function command(name: string, run: (model: Model, scheduler: Scheduler) => void): Command {
  return {
    check: () => true,
    run(model, scheduler) {
      run(model, scheduler);
      checkAnswers(model, scheduler);
    },
    toString: () => name,
  };
}

function pickOf<T>(items: readonly T[], index: number): T | undefined {
  return items[index % Math.max(1, items.length)];
}

const small = fc.nat(30);
const machineIds = fc.constantFrom('m0', 'm1', 'm2', 'm3');

const addTask = fc
  .record({
    kind: fc.constantFrom(...taskClasses),
    hostType: fc.constantFrom('linux', 'linux', 'linux', ...hostTypes),
    builder: fc.constantFrom(...builders),
    priority: fc.nat(2),
    commitAge: fc.nat(1000),
    who: fc.option(fc.constantFrom('ann', 'bob')),
    position: fc.option(fc.nat(12)),
    avoid: fc.uniqueArray(machineIds, { maxLength: 2 }),
    pause: fc.constantFrom(0, 0, 0, 5_000),
  })
  .map((draw) =>
    command(`add ${JSON.stringify(draw)}`, (model, scheduler) => {
      const task: Task = {
        id: `t${model.serial++}`,
        class: draw.kind,
        hostType: draw.hostType,
        repo: 'repo',
        builder: draw.builder,
        priority: draw.priority,
        createdAt: model.now,
        commitAt: model.now - draw.commitAge,
        requestedBy: draw.who,
        place: draw.position === null ? null : { branch: 'main', position: draw.position },
        avoid: draw.avoid,
        notBefore: draw.pause === 0 ? 0 : model.now + draw.pause,
      };
      model.waiting.set(task.id, task);
      tell(model, scheduler, { type: 'task-added', at: model.now, task });
    }),
  );

const removeTask = small.map((index) =>
  command(`remove ${index}`, (model, scheduler) => {
    const taskId = pickOf([...model.waiting.keys()], index) ?? 'nobody';
    model.waiting.delete(taskId);
    tell(model, scheduler, { type: 'task-removed', at: model.now, taskId });
  }),
);

const placeAll = fc.constant(
  command('place all', (model, scheduler) => {
    const placements = scheduler.next(model.now);
    expect(scheduler.next(model.now)).toEqual(placements);
    for (const placement of placements) {
      checkPlacement(model, placement);
      begin(model, scheduler, placement);
    }
    for (const { machine } of freeSlotsOf(model)) {
      for (const task of model.waiting.values()) expect(mayRun(model, task, machine)).toBe(false);
    }
  }),
);

const pickOne = machineIds.map((machineId) =>
  command(`pick for ${machineId}`, (model, scheduler) => {
    const placement = scheduler.pick(machineId, model.now);
    expect(scheduler.pick(machineId, model.now)).toEqual(placement);
    if (placement !== null) {
      checkPlacement(model, placement);
      begin(model, scheduler, placement);
      return;
    }
    for (const { machine } of freeSlotsOf(model).filter((free) => free.machine.id === machineId)) {
      for (const task of model.waiting.values()) expect(mayRun(model, task, machine)).toBe(false);
    }
  }),
);

const endTask = fc.record({ index: small, again: fc.boolean(), reversed: fc.boolean() }).map((draw) =>
  command(`end ${JSON.stringify(draw)}`, (model, scheduler) => {
    const run = pickOf([...model.running.values()], draw.index);
    if (run === undefined) return;
    const { taskId, machineId, slot, task } = run;
    const again = { ...task, avoid: [...new Set([...task.avoid, machineId])], notBefore: model.now + 2_000 };
    const readd = (): void => {
      if (!draw.again) return;
      model.waiting.set(taskId, again);
      tell(model, scheduler, { type: 'task-added', at: model.now, task: again });
    };
    if (draw.reversed) readd();
    model.running.delete(slotKey(run));
    const ranMs = draw.again ? null : 1_000;
    tell(model, scheduler, { type: 'task-ended', at: model.now, taskId, machineId, slot, ranMs });
    if (!draw.reversed) readd();
  }),
);

const setMachine = fc
  .record({
    id: machineIds,
    hostType: fc.constantFrom('linux', 'linux', 'mac'),
    slots: fc.nat(3),
    availability: fc.constantFrom('ready' as const, 'ready' as const, ...availabilities),
    ago: fc.constantFrom(0, 0, expectedBackMs),
  })
  .map(({ id, ago, ...draw }) =>
    command(`machine ${JSON.stringify({ id, ago, ...draw })}`, (model, scheduler) => {
      const machine: MachineView = { id, name: `name of ${id}`, note: null, since: model.now - ago, ...draw };
      model.machines.set(id, machine);
      tell(model, scheduler, { type: 'machine', at: model.now, machine });
    }),
  );

const removeMachine = machineIds.map((machineId) =>
  command(`machine ${machineId} leaves`, (model, scheduler) => {
    model.machines.delete(machineId);
    for (const [key, run] of [...model.running]) if (run.machineId === machineId) model.running.delete(key);
    for (const key of [...model.held]) if (key.startsWith(`${machineId}/`)) model.held.delete(key);
    tell(model, scheduler, { type: 'machine-removed', at: model.now, machineId });
  }),
);

const holdSlot = fc.record({ machineId: machineIds, slot: fc.nat(3), held: fc.boolean() }).map((draw) =>
  command(`hold ${JSON.stringify(draw)}`, (model, scheduler) => {
    const { machineId, slot } = draw;
    if (draw.held) model.held.add(slotKey(draw));
    else model.held.delete(slotKey(draw));
    const at = model.now;
    if (draw.held)
      tell(model, scheduler, { type: 'slot-held', at, machineId, slot, note: 'is being cleaned' });
    else tell(model, scheduler, { type: 'slot-free', at, machineId, slot });
  }),
);

const verdict = fc
  .record({ builder: fc.constantFrom(...builders), position: fc.nat(12), passed: fc.boolean() })
  .map((draw) =>
    command(`verdict ${JSON.stringify(draw)}`, (model, scheduler) => {
      const line = { repo: 'repo', branch: 'main', builder: draw.builder };
      const { position, passed } = draw;
      tell(model, scheduler, { type: 'verdict', at: model.now, line, position, passed });
    }),
  );

const policy = fc
  .subarray(builders)
  .map((names) => command(`builders ${names}`, (model, scheduler) => setPolicy(model, scheduler, names)));

const passTime = fc.constantFrom(1, 500, 3_000, 600_000).map((ms) =>
  command(`${ms} ms pass`, (model) => {
    model.now += ms;
  }),
);

const story = fc.commands(
  [
    ...[addTask, addTask, addTask, placeAll, pickOne, endTask, endTask, setMachine, setMachine],
    ...[removeTask, removeMachine, holdSlot, verdict, verdict, policy, passTime],
  ],
  { size: 'medium', maxCommands: 60 },
);

test('any story of a farm: nothing is lost, placed twice or in a wrong slot, all is explained, and a replay agrees', () => {
  fc.assert(
    fc.property(story, (commands) => {
      const model: Model = {
        now: 1_000_000,
        events: [],
        waiting: new Map(),
        machines: new Map(),
        running: new Map(),
        held: new Set(),
        builders: [],
        serial: 0,
      };
      const scheduler = createScheduler();
      setPolicy(model, scheduler, builders);
      fc.modelRun(() => ({ model, real: scheduler }), commands);
      const replayed = createScheduler();
      for (const event of model.events) replayed.apply(event);
      expect(replayed.next(model.now)).toEqual(scheduler.next(model.now));
      expect(replayed.nextWakeAt(model.now)).toEqual(scheduler.nextWakeAt(model.now));
      const page = { offset: 0, limit: 10_000 };
      expect(replayed.queue(model.now, page)).toEqual(scheduler.queue(model.now, page));
    }),
    { numRuns: 150 },
  );
}, 60_000);
