import { expect, test } from 'bun:test';
import {
  createSmallFarm,
  machineOf,
  type SmallFarm,
  startAll,
  taskOf,
} from '../../test/fakes/scheduler-inputs.ts';
import { createBackfillQueue } from './backfill.ts';
import { createLines } from './lines.ts';
import type { Task } from './types.ts';

function hole(position: number, fields: Partial<Task> = {}): Task {
  const place = { branch: 'main', position };
  const builder = fields.builder ?? 'unit';
  return taskOf(`${builder}-${position}`, {
    class: 'backfill',
    commitAt: position,
    createdAt: 1000 - position,
    place,
    ...fields,
  });
}

function farmWith(...tasks: readonly Task[]): SmallFarm {
  const farm = createSmallFarm([machineOf('m', { slots: 100 })]);
  farm.add(...tasks);
  return farm;
}

function range(from: number, to: number, fields: Partial<Task> = {}): readonly Task[] {
  return Array.from({ length: to - from + 1 }, (_, index) => hole(from + index, fields));
}

test('before any verdict the newest place goes first, then the middle of what it leaves', () => {
  const farm = farmWith(...range(1, 9));
  const first = farm.start('m');
  expect(first).toMatchObject({
    taskId: 'unit-9',
    reason: 'backfill: main has no verdict yet, its newest place comes first',
  });
  expect(startAll(farm, 'm').slice(0, 3)).toEqual(['unit-4', 'unit-6', 'unit-2']);
});

test('a regression window is halved before anything else is filled', () => {
  const farm = farmWith(...range(1, 99));
  farm.verdict(0, true);
  farm.verdict(40, true);
  farm.verdict(50, false);
  farm.verdict(100, true);
  const first = farm.start('m');
  expect(first).toMatchObject({
    taskId: 'unit-45',
    reason: 'backfill: halves the regression window of main, 40 (passed) to 50 (failed)',
  });
  // While it runs, the halves are the next best; a verdict makes one of them a window and the other an ordinary hole.
  expect(farm.scheduler.pick('m', 0)?.taskId).toBe('unit-47');
  if (first !== null) farm.end(first);
  farm.verdict(45, false);
  expect(farm.start('m')?.taskId).toBe('unit-42');
});

test('of two windows the newest goes first, and a window goes before any priority', () => {
  const farm = farmWith(...range(1, 30), hole(500, { builder: 'race', priority: 9 }));
  for (const [position, passed] of [
    [0, true],
    [10, false],
    [20, true],
    [31, false],
  ] as const) {
    farm.verdict(position, passed);
  }
  expect(startAll(farm, 'm').slice(0, 2)).toEqual(['unit-25', 'unit-5']);
});

test('the biggest hole is halved first', () => {
  const farm = farmWith(...range(1, 9), ...range(11, 19), ...range(21, 39));
  for (const position of [0, 10, 20, 40]) farm.verdict(position, true);
  const order = startAll(farm, 'm');
  expect(order.slice(0, 5)).toEqual(['unit-30', 'unit-35', 'unit-25', 'unit-15', 'unit-5']);
});

test('every eighth turn goes to the longest wait, so the oldest hole is filled at last', () => {
  const farm = farmWith(...range(1, 30), hole(-500, { createdAt: -1, builder: 'slow', priority: -5 }));
  farm.verdict(0, true);
  expect(startAll(farm, 'm').indexOf('slow--500')).toBe(7);
});

test('a place with a verdict, or that is being built, tells nothing more and goes last', () => {
  const farm = farmWith(hole(5), hole(7, { createdAt: 0 }), hole(9, { id: 'again', commitAt: 0 }));
  farm.verdict(9, true);
  farm.add(taskOf('same place', { class: 'try', place: { branch: 'main', position: 7 } }));
  expect(startAll(farm, 'm')).toEqual(['same place', 'unit-5', 'unit-7', 'again']);
});

test('a place that loses its build is worth what it was before', () => {
  const farm = farmWith(...range(1, 9));
  farm.verdict(0, true);
  farm.verdict(10, false);
  const first = farm.start('m');
  expect(first?.taskId).toBe('unit-5');
  if (first !== null) farm.end(first, null);
  farm.add(hole(5));
  expect(farm.start('m')?.taskId).toBe('unit-5');
});

test('a verdict that changes moves the window', () => {
  const farm = farmWith(...range(1, 9), ...range(11, 19));
  for (const [position, passed] of [
    [0, true],
    [10, false],
    [20, false],
  ] as const)
    farm.verdict(position, passed);
  expect(farm.scheduler.pick('m', 0)?.taskId).toBe('unit-5');
  farm.verdict(10, true);
  expect(farm.scheduler.pick('m', 0)?.taskId).toBe('unit-15');
});

test('lines of different builders and branches have nothing to do with each other', () => {
  const farm = farmWith(hole(5), hole(6, { builder: 'race' }));
  farm.verdict(0, true, 'race');
  farm.verdict(9, false, 'race');
  const other = hole(7, { id: 'elsewhere', place: { branch: 'next', position: 7 }, commitAt: 0 });
  farm.add(other);
  expect(startAll(farm, 'm')).toEqual(['race-6', 'unit-5', 'elsewhere']);
});

test('a verdict changes the queue that was asked for before', () => {
  const farm = farmWith(...range(1, 9), ...range(11, 19));
  for (const position of [0, 10, 20]) farm.verdict(position, true);
  const first = (): string | undefined => farm.scheduler.queue(0, { offset: 0, limit: 1 })[0]?.taskId;
  expect(first()).toBe('unit-15');
  farm.verdict(10, false);
  expect(first()).toBe('unit-5');
});

test('a line on which nothing waits any more is not listened to', () => {
  const lines = createLines();
  const queue = createBackfillQueue(lines, 8, () => {});
  const task = hole(5);
  queue.add(task);
  const record = lines.of({ repo: 'repo', branch: 'main', builder: 'unit' });
  expect(record.listeners.size).toBe(1);
  queue.remove(task);
  expect(record.listeners.size).toBe(0);
});
