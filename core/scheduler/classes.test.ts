import { expect, test } from 'bun:test';
import { createSmallFarm, machineOf, policyOf, startAll, taskOf } from '../../test/fakes/scheduler-inputs.ts';
import { type Task, type TaskClass, taskClasses } from './types.ts';

const wide = machineOf('m', { slots: 1000 });

function many(name: TaskClass, count: number, fields: Partial<Task> = {}): readonly Task[] {
  return Array.from({ length: count }, (_, index) =>
    taskOf(`${name}-${index}`, { class: name, createdAt: index, commitAt: index, ...fields }),
  );
}

test('classes share by their weights while all have work', () => {
  const weights = { interactive: 8, try: 4, 'post-submit': 2, backfill: 1 };
  const farm = createSmallFarm([wide], { policy: policyOf({ weights }) });
  for (const name of taskClasses) farm.add(...many(name, 100));
  const first = startAll(farm, 'm').slice(0, 75);
  const started = (name: string): number => first.filter((id) => id.startsWith(name)).length;
  expect(taskClasses.map(started)).toEqual([40, 20, 10, 5]);
});

test('with the usual weights urgent work goes first, yet the rest gets a turn', () => {
  const farm = createSmallFarm([wide]);
  for (const name of taskClasses) farm.add(...many(name, 130));
  const order = startAll(farm, 'm');
  expect(order.slice(0, 9).every((id) => id.startsWith('interactive'))).toBe(true);
  expect([9, 10]).toContain(order.findIndex((id) => id.startsWith('try')));
  expect(order.findIndex((id) => id.startsWith('post-submit'))).toBeLessThan(113);
});

test('a class that had nothing to do has saved nothing up', () => {
  const weights = { interactive: 1, try: 1, 'post-submit': 1, backfill: 1 };
  const farm = createSmallFarm([wide], { policy: policyOf({ weights }) });
  farm.add(...many('backfill', 60));
  for (let turn = 0; turn < 50; turn++) farm.start('m');
  farm.add(...many('try', 10));
  const order = startAll(farm, 'm').slice(0, 10);
  expect(order.filter((id) => id.startsWith('try')).length).toBe(5);
});

test('a weight of nothing still gets its turn', () => {
  const weights = { interactive: 1, try: 0, 'post-submit': 0, backfill: 0 };
  const farm = createSmallFarm([machineOf('m', { slots: 1100 })], { policy: policyOf({ weights }) });
  farm.add(...many('backfill', 1), ...many('interactive', 1050));
  expect(startAll(farm, 'm').indexOf('backfill-0')).toBeLessThanOrEqual(1001);
});

test('a weight that grows brings the turn of its class nearer', () => {
  const farm = createSmallFarm([wide]);
  farm.add(...many('backfill', 5), ...many('try', 50));
  const policy = policyOf({ weights: { interactive: 1, try: 1, 'post-submit': 1, backfill: 1000 } });
  farm.scheduler.apply({ type: 'policy', at: 0, policy });
  expect(farm.start('m')?.taskId).toStartWith('backfill');
});

test('people take turns in try and interactive work, each first come first served', () => {
  for (const name of ['try', 'interactive'] as const) {
    const farm = createSmallFarm([wide]);
    farm.add(
      ...['a0', 'a1', 'a2', 'a3'].map((id, at) =>
        taskOf(id, { class: name, createdAt: at, requestedBy: 'ann' }),
      ),
    );
    farm.add(taskOf('b0', { class: name, createdAt: 10, requestedBy: 'bob' }));
    farm.add(taskOf('c0', { class: name, createdAt: 11 }), taskOf('c1', { class: name, createdAt: 12 }));
    expect(startAll(farm, 'm')).toEqual(['a0', 'b0', 'c0', 'a1', 'c1', 'a2', 'a3']);
  }
});

test('who comes back sits down at the end of the ring', () => {
  const farm = createSmallFarm([wide]);
  const work = (id: string, who: string): Task => taskOf(id, { class: 'try', requestedBy: who });
  farm.add(work('a0', 'ann'), work('b0', 'bob'), work('b1', 'bob'));
  expect(farm.start('m')?.taskId).toBe('a0');
  farm.add(work('a1', 'ann'));
  expect(startAll(farm, 'm')).toEqual(['b0', 'a1', 'b1']);
});

test('post-submit goes by priority and newest commit, every fourth turn to the longest wait', () => {
  const farm = createSmallFarm([wide]);
  farm.add(...many('post-submit', 8));
  farm.add(taskOf('urgent', { priority: 1, createdAt: 99, commitAt: -1 }));
  const order = startAll(farm, 'm').map((id) => id.replace('post-submit-', ''));
  expect(order).toEqual(['urgent', '7', '6', '0', '5', '4', '3', '1', '2']);
});

test('a task whose turn is over leaves no trace in the order of the rest', () => {
  const farm = createSmallFarm([wide]);
  farm.add(...many('post-submit', 3), ...many('try', 3));
  for (const taskId of ['post-submit-2', 'try-0', 'try-1', 'try-2', 'nobody']) {
    farm.scheduler.apply({ type: 'task-removed', at: 0, taskId });
  }
  expect(startAll(farm, 'm')).toEqual(['post-submit-1', 'post-submit-0']);
  expect(farm.scheduler.counts()).toEqual({
    waiting: 0,
    byClass: { interactive: 0, try: 0, 'post-submit': 0, backfill: 0 },
    impossible: 0,
    oldestAt: null,
    queues: [],
  });
});

test('a task that is added again takes its own place', () => {
  const farm = createSmallFarm([wide]);
  farm.add(...many('post-submit', 2));
  farm.add(taskOf('post-submit-0', { commitAt: 50 }));
  expect(startAll(farm, 'm')).toEqual(['post-submit-0', 'post-submit-1']);
});

test('who has nothing left leaves the ring', () => {
  const farm = createSmallFarm([wide]);
  const work = (id: string, who: string): Task => taskOf(id, { class: 'try', requestedBy: who });
  farm.add(work('a0', 'ann'), work('b0', 'bob'), work('b1', 'bob'));
  expect(farm.start('m')?.reason).toBe('try: the turn of ann, one of 2 in the ring');
  expect(farm.start('m')?.reason).toBe('try: first in line for bob');
});
