import { expect, test } from 'bun:test';
import { createSmallFarm, machineOf, policyOf, taskOf } from '../../test/fakes/scheduler-inputs.ts';
import { expectedBackMs } from './eligibility.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import type { Why } from './types.ts';

const ten = Date.UTC(2026, 6, 14, 10, 0);
const at = (): number => ten;

function whyOf(scheduler: Scheduler, taskId: string, now = ten): Why {
  const why = scheduler.why(taskId, now);
  if (why === null) throw new Error(`${taskId} does not wait`);
  return why;
}

function textsOf(why: Why): readonly string[] {
  return why.blockers.map(({ kind, text }) => `${kind}: ${text}`);
}

test('what does not wait has no answer', () => {
  expect(createScheduler().why('nobody', ten)).toBeNull();
  const farm = createSmallFarm([machineOf('m')], { at });
  farm.add(taskOf('a'));
  farm.start('m');
  expect(farm.scheduler.why('a', ten)).toBeNull();
});

test('a task with a free slot is next and starts now', () => {
  const farm = createSmallFarm([machineOf('m')], { at });
  farm.add(taskOf('a'));
  const why = whyOf(farm.scheduler, 'a');
  expect(textsOf(why)).toEqual(['turn: It is next: m is free and takes it now']);
  expect(why).toMatchObject({ ahead: 0, impossible: false, basis: 'A slot is free' });
  expect(why.expectedStart).toEqual({ earliest: ten, likely: ten, latest: ten + 1000 });
  expect(why.summary).toBe('It is next: m is free and takes it now; it should start now');
});

test('busy, held and sick machines are counted and named', () => {
  const sick = machineOf('m4', { availability: 'quarantined', note: 'disk full', since: ten + 120_000 });
  const machines = [
    machineOf('m1'),
    machineOf('m2'),
    machineOf('m3'),
    sick,
    machineOf('m5', { availability: 'draining', note: 'drained by hand' }),
  ];
  const farm = createSmallFarm(machines, { at });
  farm.scheduler.apply({
    type: 'durations',
    at: ten,
    builder: 'unit',
    ran: Array(12).fill({ repo: 'app', ms: 60_000 }),
  });
  farm.scheduler.apply({ type: 'slot-held', at: ten, machineId: 'm3', slot: 0, note: 'is being cleaned' });
  farm.add(taskOf('x'), taskOf('y'));
  farm.start('m1');
  farm.start('m2');
  farm.add(
    taskOf('a'),
    taskOf('b', { class: 'try', requestedBy: 'ann' }),
    taskOf('c', { class: 'backfill' }),
  );
  const why = whyOf(farm.scheduler, 'a', ten + 1000);
  expect(textsOf(why)).toEqual([
    'machines-busy: 2 of 5 machines of linux are busy',
    "machines-held: 1 slot of linux can't be used: m3 slot 0 is being cleaned since 10:00 UTC",
    'turn: 1 task goes first on linux: 1 try',
    'machines-quarantined: 1 of 5 machines of linux is in quarantine: m4 since 10:02 UTC, disk full',
    'machines-draining: 1 of 5 machines of linux is taking no new work: m5 since 1970-01-01 00:00 UTC, drained by hand',
  ]);
  expect(why.ahead).toBe(1);
  expect(whyOf(farm.scheduler, 'c').ahead).toBe(2);
  expect(why.basis).toBe('Rests on 12 earlier builds of unit');
  expect(why.summary).toStartWith('2 of 5 machines of linux are busy; it should start in ');
});

test('what no machine can ever serve is said at once, with what to do', () => {
  const hostTypes = [{ name: 'linux', expected: 0 }];
  const farm = createSmallFarm([], { at, policy: policyOf({ hostTypes }) });
  farm.add(taskOf('a'), taskOf('b', { hostType: 'vax' }), taskOf('c', { builder: 'gone' }));
  const answers = ['a', 'b', 'c'].map((id) => whyOf(farm.scheduler, id));
  expect(answers.map((why) => why.summary)).toEqual([
    'No machine of linux has joined and none is expected: let one join or cancel this',
    'The farm has no host type "vax" and no machine of it: add it to the configuration or cancel this',
    'Builder "gone" is not in the farm\'s configuration: put it back or cancel this',
  ]);
  expect(answers.map((why) => [why.impossible, why.expectedStart])).toEqual(Array(3).fill([true, null]));
  farm.machine(machineOf('old', { hostType: 'vax', availability: 'quarantined' }));
  expect(whyOf(farm.scheduler, 'b').impossible).toBe(false);
});

test('an expected machine is waited for without a date', () => {
  const farm = createSmallFarm([], { at });
  farm.add(taskOf('a'));
  const why = whyOf(farm.scheduler, 'a');
  expect(textsOf(why)).toEqual(['no-machine: No machine of linux has joined yet, 1 is expected']);
  expect(why).toMatchObject({ impossible: false, expectedStart: null });
  expect(why.summary).toEndWith('; it starts once a machine is there');
  expect(why.basis).toBe('No machine that could serve it is ready');
  farm.machine(machineOf('m', { availability: 'away', note: 'connection lost', since: ten }));
  const away = whyOf(farm.scheduler, 'a');
  expect(textsOf(away)).toEqual([
    'machines-away: The only machine of linux is away: m since 10:00 UTC, connection lost',
  ]);
  expect(away.expectedStart).toBeNull();
});

test('before the configuration is read that is the reason', () => {
  const scheduler = createScheduler();
  scheduler.apply({ type: 'task-added', at: ten, task: taskOf('a') });
  expect(whyOf(scheduler, 'a')).toMatchObject({ impossible: false });
  expect(textsOf(whyOf(scheduler, 'a'))).toEqual([
    "builder-disabled: The farm's configuration has not been read yet",
  ]);
});

test('a pause is told with its end, and counts in the expected start', () => {
  const farm = createSmallFarm([machineOf('m')], { at });
  farm.add(taskOf('a', { notBefore: ten + 30_000 }));
  const why = whyOf(farm.scheduler, 'a');
  expect(textsOf(why)).toEqual(['pause: Pauses after an infrastructure failure for 30 s, until 10:00 UTC']);
  expect(why.expectedStart?.earliest).toBe(ten + 30_000);
  expect(why.basis).toBe('A slot is free once it may start');
  expect(why.ahead).toBe(0);
});

test('a task that leaves a free machine alone says which, and for which it waits', () => {
  const farm = createSmallFarm([machineOf('bad'), machineOf('good')], { at });
  farm.add(taskOf('x'));
  farm.start('good');
  farm.add(taskOf('a', { avoid: ['bad'] }));
  expect(textsOf(whyOf(farm.scheduler, 'a'))).toEqual([
    'machines-busy: bad is free but failed it before, it waits for good',
    'machines-busy: 1 of 2 machines of linux is busy',
  ]);
  expect(whyOf(farm.scheduler, 'a').expectedStart?.likely).toBeGreaterThan(ten + 60_000);
  farm.machine(machineOf('good', { availability: 'away', since: ten }));
  const why = whyOf(farm.scheduler, 'a');
  expect(textsOf(why)[0]).toBe(
    'machines-away: bad is free but failed it before, it waits for good (away since 10:00 UTC)',
  );
  expect(why.expectedStart).toBeNull();
  expect(whyOf(farm.scheduler, 'a', ten + expectedBackMs).blockers[0]?.kind).toBe('turn');
});

test('a task whose last attempt still holds its slot says so', () => {
  const farm = createSmallFarm([machineOf('m')], { at });
  farm.add(taskOf('a'));
  farm.start('m');
  farm.add(taskOf('a'));
  expect(textsOf(whyOf(farm.scheduler, 'a'))).toEqual([
    'machines-held: Its last attempt still holds its slot',
  ]);
});

test('a ready machine without slots is no riddle either', () => {
  const farm = createSmallFarm([machineOf('m', { slots: 0 })], { at });
  farm.add(taskOf('a'));
  expect(textsOf(whyOf(farm.scheduler, 'a'))).toEqual(['machines-busy: No slot of linux is free']);
});

test('durations that nobody knows are assumed, and that is said', () => {
  const farm = createSmallFarm([machineOf('m')], { at });
  farm.add(taskOf('x'));
  farm.start('m');
  farm.add(taskOf('a', { commitAt: 1 }), taskOf('b', { builder: 'race' }));
  expect(whyOf(farm.scheduler, 'b').basis).toBe(
    'Rests on 5 min assumed for unit, of which no build has finished',
  );
});

test('the queue goes round by round over host types, and what cannot be placed comes last', () => {
  const farm = createSmallFarm([machineOf('m')], { at });
  farm.add(taskOf('lost', { builder: 'gone' }));
  farm.add(
    taskOf('b1', { createdAt: 1 }),
    taskOf('b2', { commitAt: -1 }),
    taskOf('mac', { hostType: 'mac', class: 'try' }),
  );
  const ids = (offset: number, limit: number): readonly string[] =>
    farm.scheduler.queue(ten, { offset, limit }).map((why) => why.taskId);
  expect(ids(0, 10)).toEqual(['mac', 'b1', 'b2', 'lost']);
  expect(ids(1, 2)).toEqual(['b1', 'b2']);
  expect(ids(3, 5)).toEqual(['lost']);
  expect(ids(4, 5)).toEqual([]);
});
