import { expect, test } from 'bun:test';
import { createSmallFarm, machineOf, policyOf, taskOf } from '../../test/fakes/scheduler-inputs.ts';
import { expectedBackMs } from './eligibility.ts';
import type { Placement } from './types.ts';

function placesOf(placements: readonly Placement[]): readonly string[] {
  return placements.map(({ taskId, machineId, slot }) => `${taskId} ${machineId}/${slot}`);
}

test('a proposal changes nothing until the task has started', () => {
  const { scheduler, add } = createSmallFarm([machineOf('m')]);
  add(taskOf('a'), taskOf('b', { commitAt: 1 }));
  const first = scheduler.pick('m', 0);
  expect(scheduler.pick('m', 0)).toEqual(first);
  expect(scheduler.next(0)).toEqual(first === null ? [] : [first]);
  expect(scheduler.counts().waiting).toBe(2);
});

test('work spreads over machines before it doubles up', () => {
  const farm = createSmallFarm([
    machineOf('m1', { slots: 2 }),
    machineOf('m2', { slots: 2 }),
    machineOf('m3'),
  ]);
  farm.add(...['a', 'b', 'c', 'd', 'e', 'f'].map((id, at) => taskOf(id, { class: 'try', createdAt: at })));
  const placements = farm.scheduler.next(0);
  expect(placesOf(placements)).toEqual(['a m1/0', 'b m2/0', 'c m3/0', 'd m1/1', 'e m2/1']);
});

test('only a ready machine of the host type gets work, in a slot that it has and nothing holds', () => {
  const farm = createSmallFarm([
    machineOf('away', { availability: 'away' }),
    machineOf('draining', { availability: 'draining' }),
    machineOf('sick', { availability: 'quarantined' }),
    machineOf('mac', { hostType: 'mac', slots: 3 }),
    machineOf('m', { slots: 3 }),
  ]);
  const { apply } = farm.scheduler;
  apply({ type: 'slot-held', at: 0, machineId: 'm', slot: 1, note: 'is being cleaned' });
  farm.add(taskOf('a'), taskOf('b'), taskOf('c'), taskOf('d'));
  expect(placesOf(farm.scheduler.next(0))).toEqual(['a m/0', 'b m/2']);
  apply({ type: 'slot-free', at: 0, machineId: 'm', slot: 1 });
  farm.machine(machineOf('m', { slots: 2 }));
  expect(placesOf(farm.scheduler.next(0))).toEqual(['a m/0', 'b m/1']);
  expect(farm.scheduler.pick('away', 0)).toBeNull();
  expect(farm.scheduler.pick('nobody', 0)).toBeNull();
});

test('a machine that moves to another host type, or leaves, takes its slots along', () => {
  const farm = createSmallFarm([machineOf('m')]);
  farm.add(taskOf('a'), taskOf('b', { hostType: 'mac' }));
  farm.machine(machineOf('m', { hostType: 'mac' }));
  expect(placesOf(farm.scheduler.next(0))).toEqual(['b m/0']);
  farm.start('m');
  farm.scheduler.apply({ type: 'machine-removed', at: 0, machineId: 'm' });
  expect(farm.scheduler.next(0)).toEqual([]);
  farm.machine(machineOf('m'));
  expect(placesOf(farm.scheduler.next(0))).toEqual(['a m/0']);
});

test('a task leaves the machine alone that failed it while another may serve it', () => {
  const farm = createSmallFarm([machineOf('bad'), machineOf('good')]);
  farm.add(taskOf('first', { commitAt: 9, avoid: ['bad'] }), taskOf('second'));
  expect(placesOf(farm.scheduler.next(0))).toEqual(['second bad/0', 'first good/0']);
  farm.scheduler.apply({ type: 'task-removed', at: 0, taskId: 'second' });
  farm.machine(machineOf('good', { availability: 'quarantined' }));
  expect(placesOf(farm.scheduler.next(0))).toEqual(['first bad/0']);
});

test('a machine that went away is waited for, but not for ever', () => {
  const farm = createSmallFarm([machineOf('bad'), machineOf('good', { availability: 'away', since: 1000 })]);
  farm.add(taskOf('a', { avoid: ['bad'] }));
  expect(farm.scheduler.next(2000)).toEqual([]);
  const givenUpAt = 1000 + expectedBackMs;
  expect(farm.scheduler.nextWakeAt(2000)).toBe(givenUpAt);
  expect(farm.scheduler.next(givenUpAt - 1)).toEqual([]);
  expect(placesOf(farm.scheduler.next(givenUpAt))).toEqual(['a bad/0']);
  expect(farm.scheduler.nextWakeAt(givenUpAt)).toBeNull();
});

test('a pause ends when its time has come, whoever asks before', () => {
  const farm = createSmallFarm([machineOf('m')]);
  farm.add(taskOf('late', { commitAt: 9, notBefore: 5000 }), taskOf('later', { notBefore: 9000 }));
  expect(farm.scheduler.next(4999)).toEqual([]);
  expect(farm.scheduler.nextWakeAt(0)).toBe(5000);
  expect(placesOf(farm.scheduler.next(5000))).toEqual(['late m/0']);
  expect(farm.scheduler.next(4999)).toEqual([]);
  expect(farm.scheduler.nextWakeAt(5000)).toBe(9000);
  farm.scheduler.apply({ type: 'task-removed', at: 0, taskId: 'later' });
  expect(farm.scheduler.nextWakeAt(5000)).toBeNull();
});

test('a builder that may not run keeps its tasks waiting until it may', () => {
  const farm = createSmallFarm([machineOf('m', { slots: 3 })]);
  farm.add(taskOf('a'), taskOf('b', { builder: 'gone' }));
  expect(placesOf(farm.scheduler.next(0))).toEqual(['a m/0']);
  farm.scheduler.apply({ type: 'policy', at: 0, policy: policyOf({ builders: ['gone'] }) });
  expect(placesOf(farm.scheduler.next(0))).toEqual(['b m/0']);
  expect(farm.scheduler.counts().waiting).toBe(2);
});

test('a task that is added again waits until its last attempt has left its slot', () => {
  const farm = createSmallFarm([machineOf('m', { slots: 2 })]);
  farm.add(taskOf('a'));
  const first = farm.start('m');
  farm.add(taskOf('a'));
  expect(farm.scheduler.next(0)).toEqual([]);
  if (first !== null) farm.end(first, null);
  expect(placesOf(farm.scheduler.next(0))).toEqual(['a m/0']);
});

test('events in an odd order are taken at their word', () => {
  const farm = createSmallFarm([]);
  const { apply } = farm.scheduler;
  apply({ type: 'task-started', at: 0, taskId: 'stray', machineId: 'm', slot: 0 });
  apply({ type: 'slot-held', at: 0, machineId: 'm', slot: 1, note: 'is being cleaned' });
  farm.add(taskOf('a'), taskOf('b'), taskOf('c'));
  farm.machine(machineOf('m', { slots: 3 }));
  expect(placesOf(farm.scheduler.next(0))).toEqual(['a m/2']);
  apply({ type: 'task-ended', at: 0, taskId: 'other', machineId: 'm', slot: 0, ranMs: 1 });
  apply({ type: 'task-ended', at: 0, taskId: 'other', machineId: 'nowhere', slot: 0, ranMs: 1 });
  apply({ type: 'slot-free', at: 0, machineId: 'nowhere', slot: 0 });
  apply({ type: 'machine-removed', at: 0, machineId: 'nowhere' });
  expect(placesOf(farm.scheduler.next(0))).toEqual(['a m/2']);
  apply({ type: 'task-ended', at: 0, taskId: 'stray', machineId: 'm', slot: 0, ranMs: 1 });
  expect(placesOf(farm.scheduler.next(0))).toEqual(['a m/0', 'b m/2']);
  apply({ type: 'task-started', at: 0, taskId: 'a', machineId: 'm', slot: 0 });
  // A claim proves that the slot was free: what was there has gone.
  apply({ type: 'task-started', at: 0, taskId: 'b', machineId: 'm', slot: 0 });
  apply({ type: 'task-ended', at: 0, taskId: 'a', machineId: 'm', slot: 0, ranMs: 1 });
  expect(placesOf(farm.scheduler.next(0))).toEqual(['c m/2']);
});

test('before the first policy nothing is placed', () => {
  const farm = createSmallFarm([machineOf('m')], { policy: policyOf({ builders: [] }) });
  farm.add(taskOf('a'));
  expect(farm.scheduler.next(0)).toEqual([]);
});

test('a machine that is less busy goes before one that is more busy', () => {
  const farm = createSmallFarm([machineOf('m1', { slots: 2 })]);
  farm.add(taskOf('a'), taskOf('b'), taskOf('c'));
  farm.start('m1');
  farm.machine(machineOf('m2', { slots: 2 }));
  expect(placesOf(farm.scheduler.next(0))).toEqual(['b m2/0', 'c m1/1']);
});

test('the queue that was asked for before a pause ended is not the one after', () => {
  const farm = createSmallFarm([machineOf('m')]);
  farm.add(taskOf('late', { commitAt: 9, notBefore: 5000 }), taskOf('early'));
  const order = (now: number): readonly string[] =>
    farm.scheduler.queue(now, { offset: 0, limit: 9 }).map((why) => why.taskId);
  expect(order(4999)).toEqual(['early', 'late']);
  expect(order(5000)).toEqual(['late', 'early']);
  expect(order(4999)).toEqual(['early', 'late']);
});
