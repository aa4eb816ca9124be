import { expect, test } from 'bun:test';
import { createManualClock } from '../kit/manual-clock.ts';
import { watchLimits } from './run-limits.ts';

function watch(limits: { timeMs: number; silenceMs: number }) {
  const clock = createManualClock();
  const reached: string[] = [];
  let lastOutputAt = clock.monotonic();
  const cancel = watchLimits({
    clock,
    limits,
    lastOutputAt: () => lastOutputAt,
    onLimit: (reason) => reached.push(reason),
  });
  return {
    clock,
    reached,
    cancel,
    output: () => {
      lastOutputAt = clock.monotonic();
    },
  };
}

test('the time limit is reached at its time, output or not', async () => {
  const { clock, reached, output } = watch({ timeMs: 1_000, silenceMs: 0 });
  await clock.advance(999);
  output();
  expect(reached).toEqual([]);
  await clock.advance(1);
  expect(reached).toEqual(['time-limit']);
});

test('silence is counted from the last output', async () => {
  const { clock, reached, output } = watch({ timeMs: 0, silenceMs: 100 });
  for (let count = 0; count < 10; count++) {
    await clock.advance(90);
    output();
  }
  expect(reached).toEqual([]);
  await clock.advance(99);
  expect(reached).toEqual([]);
  await clock.advance(1);
  expect(reached).toEqual(['silence-limit']);
});

test('only the first limit is told, and none after the watch ended', async () => {
  const both = watch({ timeMs: 100, silenceMs: 100 });
  await both.clock.advance(1_000);
  expect(both.reached).toHaveLength(1);
  const cancelled = watch({ timeMs: 100, silenceMs: 100 });
  cancelled.cancel();
  await cancelled.clock.advance(1_000);
  expect(cancelled.reached).toEqual([]);
  expect(cancelled.clock.waiting).toBe(0);
});

test('zero is no limit', async () => {
  const { clock, reached } = watch({ timeMs: 0, silenceMs: 0 });
  await clock.advance(1e9);
  expect(reached).toEqual([]);
});
