import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { assumedMs, createDurations, durationAt, remainingAt } from './durations.ts';

test('a builder of which nothing is known has the assumed median, spread widely', () => {
  const durations = createDurations();
  const { count, quantiles } = durations.spread('new', 'repo');
  expect(count).toBe(0);
  expect(durationAt(quantiles, 0.5)).toBeCloseTo(assumedMs);
  expect(durationAt(quantiles, 0.9)).toBeGreaterThan(assumedMs * 1.5);
  expect(durationAt(quantiles, 0.1)).toBeLessThan(assumedMs * 0.6);
  expect(durations.usualMs('new')).toBeNull();
});

test('the newest durations count, and those of the repository once there are enough', () => {
  const durations = createDurations();
  durations.replace(
    'unit',
    [...Array(60).keys()].map(() => ({ repo: 'c', ms: 1000 })),
  );
  expect(durations.spread('unit', 'a').count).toBe(50);
  for (let index = 0; index < 4; index++) durations.learn('unit', 'a', 9000);
  expect(durationAt(durations.spread('unit', 'a').quantiles, 0.5)).toBe(1000);
  durations.learn('unit', 'a', 9000);
  expect(durationAt(durations.spread('unit', 'a').quantiles, 0.5)).toBe(9000);
  expect(durationAt(durations.spread('unit', 'b').quantiles, 0.5)).toBe(1000);
  for (let index = 0; index < 50; index++) durations.learn('unit', 'b', 3000);
  expect(durations.usualMs('unit')).toBe(3000);
});

test('what is known from before counts for its repository alone, as what is learned does', () => {
  const durations = createDurations();
  const of = (repo: string, ms: number) => Array.from({ length: 60 }, () => ({ repo, ms }));
  durations.replace('unit', [...of('quick', 1000), ...of('slow', 9000)]);
  expect(durationAt(durations.spread('unit', 'quick').quantiles, 0.5)).toBe(1000);
  expect(durationAt(durations.spread('unit', 'slow').quantiles, 0.5)).toBe(9000);
  expect(durations.spread('unit', 'quick').count).toBe(50);
  expect(durations.usualMs('unit')).toBe(9000);
});

const known = fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 1, maxLength: 50 });
const fraction = fc.double({ min: 0, max: 0.999_999, noNaN: true });

test('a distribution rises, and so does what is left of it', () => {
  fc.assert(
    fc.property(known, fraction, fraction, fc.nat(20_000_000), (ranMs, a, b, elapsed) => {
      const durations = createDurations();
      durations.replace(
        'unit',
        ranMs.map((ms) => ({ repo: 'repo', ms })),
      );
      const { quantiles } = durations.spread('unit', 'repo');
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      expect(durationAt(quantiles, low)).toBeLessThanOrEqual(durationAt(quantiles, high));
      const left = remainingAt(quantiles, elapsed, low);
      expect(left).toBeGreaterThanOrEqual(0);
      expect(left).toBeLessThanOrEqual(remainingAt(quantiles, elapsed, high));
      expect(Number.isFinite(remainingAt(quantiles, elapsed, high))).toBe(true);
    }),
  );
});

test('what has run for long without end is expected to run on for long', () => {
  const durations = createDurations();
  durations.replace(
    'unit',
    [900, 1000, 1100].map((ms) => ({ repo: 'repo', ms })),
  );
  const { quantiles } = durations.spread('unit', 'repo');
  expect(remainingAt(quantiles, 0, 0.5)).toBeCloseTo(1000, -1);
  expect(remainingAt(quantiles, 800, 0.5)).toBeLessThan(300);
  expect(remainingAt(quantiles, 60_000, 0.5)).toBeGreaterThan(20_000);
});
