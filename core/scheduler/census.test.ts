import { expect, test } from 'bun:test';
import { createSmallFarm, machineOf, policyOf, taskOf } from '../../test/fakes/scheduler-inputs.ts';

const policy = policyOf({
  hostTypes: [
    { name: 'linux', expected: 1 },
    { name: 'mac', expected: 0 },
  ],
});

test('an empty farm has nothing to count', () => {
  expect(createSmallFarm([]).scheduler.counts()).toMatchObject({
    waiting: 0,
    impossible: 0,
    oldestAt: null,
    queues: [],
  });
});

test('the oldest and the impossible are found behind more than a page of others', () => {
  const farm = createSmallFarm([machineOf('m')], { policy });
  for (let index = 0; index < 1_000; index++) farm.add(taskOf(`a${index}`, { createdAt: 5_000 + index }));
  farm.add(taskOf('never', { hostType: 'mac', createdAt: 7_000 }));
  farm.add(taskOf('gone', { builder: 'removed', createdAt: 10 }));
  const counts = farm.scheduler.counts();
  expect(counts).toMatchObject({ waiting: 1_002, impossible: 2, oldestAt: 10 });
  expect(counts.queues).toEqual([
    { hostType: 'linux', class: 'post-submit', waiting: 1_001, oldestAt: 10 },
    { hostType: 'mac', class: 'post-submit', waiting: 1, oldestAt: 7_000 },
  ]);
});

test('each class of each host type has a line of its own', () => {
  const farm = createSmallFarm([machineOf('m')], { policy });
  farm.add(
    taskOf('a', { createdAt: 30 }),
    taskOf('b', { class: 'backfill', createdAt: 20 }),
    taskOf('c', { class: 'backfill', createdAt: 40 }),
  );
  expect(farm.scheduler.counts().queues).toEqual([
    { hostType: 'linux', class: 'post-submit', waiting: 1, oldestAt: 30 },
    { hostType: 'linux', class: 'backfill', waiting: 2, oldestAt: 20 },
  ]);
});
