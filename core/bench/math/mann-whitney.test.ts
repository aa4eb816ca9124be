import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { mannWhitney, sizeForDifference } from './mann-whitney.ts';
import { sortedSample } from './quantile.ts';

function uTest(first: readonly number[], second: readonly number[]) {
  return mannWhitney(sortedSample(first), sortedSample(second));
}

const upTo = (count: number, value: (index: number) => number) =>
  Array.from({ length: count }, (_, i) => value(i));

test.each([
  [[10.1, 10.3, 10.2, 10.6, 10.5, 10.4], [10.35, 10.7, 10.8, 10.65, 10.9, 10.75], 3, 1 / 66],
  [[100, 101, 102, 103], [104, 105, 106, 107], 0, 1 / 35],
  [[1, 2, 3], [4, 5, 6, 7, 8], 0, 1 / 28],
  [[100, 100, 101, 102, 103], [101, 102, 102, 104, 105], 5.5, 4 / 21],
  [[3, 3, 4, 5, 6], [4, 5, 6, 7, 7], 4.5, 1 / 7],
  [[3, 8, 8, 8, 8], [3, 3, 3, 8, 8], 17.5, 11 / 21],
  [[7, 2, 9], [2, 2, 2, 2], 10, 2 / 7],
  [[2, 2, 2, 2], [7, 2, 9], 2, 2 / 7],
  [[1, 4], [2, 3], 2, 1],
  [[5, 5, 5], [5, 5, 6], 3, 1],
  [
    upTo(25, (i) => Math.floor(i / 2)),
    upTo(25, (i) => Math.floor(i / 2) + 3),
    181,
    155299780084 / 15801325804719,
  ],
  [upTo(26, (i) => Math.floor(i / 2)), upTo(26, (i) => Math.floor(i / 2) + 3), 200, 0.011664781],
  [upTo(51, (i) => 2 * i), upTo(51, (i) => 2 * i + 21), 820, 0.0013158537],
])('%j beside %j', (first, second, u, p) => {
  const outcome = uTest(first, second);
  if (!('p' in outcome)) throw new Error(outcome.problem);
  expect(outcome.u).toBe(u);
  expect(outcome.p).toBeCloseTo(p, 9);
});

test('in the middle of a lopsided distribution p is still twice the smaller tail', () => {
  // 21 arrangements: 10 with a U of at most 5, 12 with one of at least 5.
  expect(uTest([2, 2, 2, 2, 3], [0, 4])).toMatchObject({ u: 5, p: 20 / 21 });
});

test('what can not be compared is an outcome', () => {
  expect(uTest([1, 1, 1], [1, 1, 1])).toEqual({ problem: 'all equal' });
  expect(uTest([], [1])).toEqual({ problem: 'too small' });
});

/** Every choice of the first sample from the pooled one. */
function enumerated(first: readonly number[], second: readonly number[]): number {
  const pooled = [...first, ...second];
  const uOf = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, x) => sum + b.reduce((part, y) => part + (x > y ? 1 : x === y ? 0.5 : 0), 0), 0);
  const u = uOf(first, second);
  let [lower, upper, total] = [0, 0, 0];
  for (let mask = 0; mask < 2 ** pooled.length; mask++) {
    const chosen = pooled.filter((_, place) => ((mask >> place) & 1) === 1);
    if (chosen.length !== first.length) continue;
    const other = uOf(
      chosen,
      pooled.filter((_, place) => ((mask >> place) & 1) === 0),
    );
    total++;
    if (other <= u) lower++;
    if (other >= u) upper++;
  }
  return Math.min(1, (2 * Math.min(lower, upper)) / total);
}

const tied = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 5 });
const untied = fc
  .tuple(fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { minLength: 2, maxLength: 9 }), fc.nat())
  .map(([values, cut]) => {
    const at = 1 + (cut % (values.length - 1));
    return [values.slice(0, at), values.slice(at)] as const;
  });

test('agrees with the enumeration of all arrangements, with ties and without, in either order', () => {
  fc.assert(
    fc.property(fc.oneof(fc.tuple(tied, tied), untied), ([first, second]) => {
      const outcome = uTest(first, second);
      if (!('p' in outcome)) return;
      expect(outcome.p).toBeCloseTo(enumerated(first, second), 12);
      expect(uTest(second, first)).toMatchObject({ p: outcome.p });
    }),
    { numRuns: 150 },
  );
});

test('p does not change when the samples change places, nor by a monotonic change of the values', () => {
  const sample = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(sample, sample, (first, second) => {
      const outcome = uTest(first, second);
      if (!('p' in outcome)) return;
      const turned = uTest(second, first);
      const cubed = uTest(
        first.map((value) => value ** 3),
        second.map((value) => value ** 3),
      );
      expect('p' in turned ? turned.p : null).toBeCloseTo(outcome.p, 12);
      expect(cubed).toEqual(outcome);
      expect(outcome.p).toBeGreaterThan(0);
      expect(outcome.p).toBeLessThanOrEqual(1);
    }),
    { numRuns: 60 },
  );
});

test('how many samples a difference needs', () => {
  expect([0.05, 0.01, 1, 1e-9].map(sizeForDifference)).toEqual([4, 5, 1, null]);
});
