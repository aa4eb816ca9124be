import { expect, test } from 'bun:test';
import { calibrationOf, regimes } from './scheduler-calibration.ts';
import { type FarmOptions, type FarmResult, runFarm } from './scheduler-farm.ts';

/** A small part of what the bench measures over many farms; the seeds are fixed, so it says the same every time. */
function runSome(options: Omit<FarmOptions, 'seed'>, seeds: readonly number[]): readonly FarmResult[] {
  return seeds.map((seed) => runFarm({ ...options, seed }));
}

test('expected starts are honest, and everything that waits has a reason', () => {
  const results = runSome(regimes.steady, [7, 11]);
  const { answers, inside, beforeMedian } = calibrationOf(results.flatMap((result) => result.answered));
  expect(answers).toBeGreaterThan(500);
  expect(inside).toBeGreaterThan(0.74);
  expect(inside).toBeLessThan(0.86);
  expect(Math.abs(beforeMedian - 0.5)).toBeLessThan(0.1);
  expect(results.reduce((sum, result) => sum + result.unexplained, 0)).toBe(0);
}, 60_000);

test('a start that nothing unforeseen can move is told to a fifth', () => {
  const results = runSome(regimes.bursts, [1]);
  const { answers, medianError } = calibrationOf(results.flatMap((result) => result.answered));
  expect(answers).toBeGreaterThan(100);
  expect(medianError).toBeLessThan(0.2);
}, 60_000);
