import { expect, test } from 'bun:test';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { createGrowthSignal } from './growth-signal.ts';

test('many are told in groups, each once, and who withdrew is not', async () => {
  const clock = createManualClock();
  const growth = createGrowthSignal(clock);
  const told: number[] = [];
  const withdraw = Array.from({ length: 450 }, (_, reader) => growth.onNext(() => told.push(reader)));
  growth.grown();
  expect(told.length).toBe(200);
  withdraw[201]?.();
  growth.onNext(() => told.push(1_000));
  growth.tellNow();
  expect(told.length).toBe(200);
  await clock.advance(1);
  expect(told.length).toBe(450);
  expect(new Set(told).size).toBe(450);
  expect([told.includes(201), told.at(-1)]).toEqual([false, 1_000]);
  expect(clock.waiting).toBe(0);
});

test('a listener that listens again is told of the next growth only', async () => {
  const clock = createManualClock();
  const growth = createGrowthSignal(clock);
  let told = 0;
  const listen = () => {
    told++;
    growth.onNext(listen);
  };
  growth.onNext(listen);
  growth.grown();
  growth.grown();
  expect(told).toBe(1);
  await clock.advance(25);
  expect(told).toBe(2);
});
