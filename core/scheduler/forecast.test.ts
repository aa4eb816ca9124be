import { expect, test } from 'bun:test';
import { createSmallFarm, machineOf, type SmallFarm, taskOf } from '../../test/fakes/scheduler-inputs.ts';
import type { Why } from './types.ts';

const minute = 60_000;

function startOf(farm: SmallFarm, taskId: string, now: number): NonNullable<Why['expectedStart']> {
  const start = farm.scheduler.why(taskId, now)?.expectedStart;
  if (!start) throw new Error(`No start is expected for ${taskId}`);
  return start;
}

/** Every build takes a minute, give or take next to nothing. */
function createEvenFarm(machines: number, now: () => number): SmallFarm {
  const farm = createSmallFarm(
    Array.from({ length: machines }, (_, index) => machineOf(`m${index}`)),
    { at: now },
  );
  const ran = Array.from({ length: 50 }, (_, index) => ({ repo: 'app', ms: minute + index }));
  farm.scheduler.apply({ type: 'durations', at: now(), builder: 'unit', ran });
  return farm;
}

test('with even builds the start is where arithmetic puts it', () => {
  let now = 0;
  const farm = createEvenFarm(2, () => now);
  farm.add(taskOf('x', { class: 'try' }), taskOf('y', { class: 'try' }));
  farm.start('m0');
  now = 20_000;
  farm.start('m1');
  farm.add(...['a', 'b', 'c'].map((id, index) => taskOf(id, { class: 'try', createdAt: index })));
  const within = (taskId: string, expected: number): void => {
    const { earliest, likely, latest } = startOf(farm, taskId, now);
    expect(Math.abs(likely - expected)).toBeLessThan(1500);
    expect(latest - earliest).toBeLessThan(8000);
  };
  within('a', minute);
  within('b', minute + 20_000);
  within('c', 2 * minute);
});

test('the time a slot needs between two tasks is learned', () => {
  let now = 0;
  const farm = createEvenFarm(1, () => now);
  farm.add(
    ...Array.from({ length: 12 }, (_, index) => taskOf(`t${index}`, { class: 'try', createdAt: index })),
  );
  for (let index = 0; index < 10; index++) {
    const run = farm.start('m0');
    now += minute;
    farm.scheduler.apply({ type: 'slot-held', at: now, machineId: 'm0', slot: 0, note: 'is being cleaned' });
    if (run !== null) farm.end(run, minute);
    now += 20_000;
    farm.scheduler.apply({ type: 'slot-free', at: now, machineId: 'm0', slot: 0 });
  }
  farm.start('m0');
  expect(Math.abs(startOf(farm, 't11', now).likely - (now + minute + 20_000))).toBeLessThan(3000);
});

test('a task that pauses lets others pass and does not hold a slot meanwhile', () => {
  const farm = createEvenFarm(1, () => 0);
  farm.add(taskOf('x', { class: 'try' }));
  farm.start('m0');
  farm.add(taskOf('paused', { class: 'try', createdAt: 1, notBefore: 90_000 }));
  farm.add(taskOf('other', { class: 'try', createdAt: 2 }));
  expect(Math.abs(startOf(farm, 'other', 0).likely - minute)).toBeLessThan(1500);
  expect(Math.abs(startOf(farm, 'paused', 0).likely - 2 * minute)).toBeLessThan(3000);
  expect(farm.scheduler.why('paused', 0)?.ahead).toBe(1);
});

test('newcomers that go first are counted in, at the pace of late', () => {
  const wait = (arrivals: number): number => {
    let now = 0;
    const farm = createEvenFarm(1, () => now);
    farm.add(taskOf('x'));
    farm.start('m0');
    for (let index = 1; index <= arrivals; index++) {
      now = index * 2 * minute;
      farm.add(taskOf(`n${index}`, { commitAt: now, createdAt: now }));
      farm.scheduler.apply({ type: 'task-removed', at: now, taskId: `n${index}` });
    }
    now = 4 * 60 * minute;
    farm.scheduler.apply({ type: 'task-started', at: now, taskId: 'y', machineId: 'm0', slot: 0 });
    farm.add(
      ...Array.from({ length: 8 }, (_, index) => taskOf(`a${index}`, { createdAt: now, commitAt: -index })),
    );
    return startOf(farm, 'a4', now).likely - now;
  };
  expect(wait(100)).toBeGreaterThan(wait(0) * 1.2);
});

test('the same events give the same estimate, whoever asked in between', () => {
  const run = (ask: boolean): Why | null => {
    let now = 0;
    const farm = createEvenFarm(2, () => now);
    for (let index = 0; index < 40; index++) {
      farm.add(
        taskOf(`t${index}`, {
          createdAt: now,
          commitAt: now,
          class: index % 3 === 0 ? 'try' : 'post-submit',
        }),
      );
      const run = farm.start(`m${index % 2}`);
      farm.add(taskOf(`p${index}`, { createdAt: now, builder: 'not allowed' }));
      if (ask) farm.scheduler.queue(now + 500, { offset: 0, limit: 50 });
      now += 47_000;
      if (run !== null) farm.end(run, 50_000 + index * 100);
    }
    farm.add(taskOf('last'), taskOf('x'), taskOf('y'));
    farm.start('m0');
    farm.start('m1');
    return farm.scheduler.why('last', now + 200);
  };
  expect(run(true)).toEqual(run(false));
});
