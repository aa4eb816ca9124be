import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { compare, summarize } from './assumption.ts';
import { bootstrapRatio, middle, percentile, ratioOf } from './bootstrap.ts';
import { comparisonText, deltaText, rangeText } from './change.ts';
import { geometricMean } from './geometric-mean.ts';
import { medianInterval, sizeForInterval } from './median-interval.ts';
import { normalCdf, normalQuantile } from './normal.ts';
import { withoutOutliers } from './outliers.ts';
import { quantile, sortedSample } from './quantile.ts';
import { commonScale, scaledText } from './scale.ts';
import { twoSidedT } from './student-t.ts';
import { meanInterval, momentsOf, welchTest } from './welch.ts';

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test.each([
  [5, 0, 5, 0.96875],
  [6, 1, 6, 0.96875],
  [8, 1, 7, 0.9609375],
  [9, 2, 8, 0.9609375],
  [10, 2, 9, 0.978515625],
  [11, 2, 9, 0.96142578125],
  [12, 3, 10, 0.96142578125],
  [15, 4, 12, 0.96484375],
  [20, 6, 15, 0.95861053466796875],
  [30, 10, 21, 0.957226054742932],
  [31, 10, 22, 0.9688587894],
  [40, 14, 27, 0.96016738076],
])('the median of %d values lies between order statistics %d and %d', (size, low, high, coverage) => {
  const interval = medianInterval(size, 0.95);
  expect([interval.low, interval.high]).toEqual([low, high]);
  expect(interval.coverage).toBeCloseTo(coverage, 10);
});

test('at other levels', () => {
  expect([0.9, 0.95, 0.99, 0.999, 0].map(sizeForInterval)).toEqual([5, 6, 8, 11, 2]);
  expect(medianInterval(10, 0.99)).toMatchObject({ low: 1, high: 10, coverage: 0.998046875 });
  expect(medianInterval(4, 1)).toEqual({ low: 0, high: 5, coverage: 1 });
});

test('an exact interval covers at least its level, and the binomial sum is what it says', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (size, level) => {
        const { low, high, coverage } = medianInterval(size, level);
        let sum = 0;
        let ways = 1;
        for (let k = 0; k <= size; k++) {
          if (k >= low && k < high) sum += ways / 2 ** size;
          ways = (ways * (size - k)) / (k + 1);
        }
        expect(coverage).toBeCloseTo(sum, 12);
        expect(coverage).toBeGreaterThanOrEqual(level);
      },
    ),
  );
});

test.each([
  [[12, 15, 11, 14, 13, 19, 16, 18, 17, 20], 15.5, 12, 19, '23%'],
  [[5, 9, 7, 8, 6, 30], 7.5, 5, 30, '300%'],
  [[5, 9, 7, 8, 6], 7, Number.NEGATIVE_INFINITY, 9, '∞'],
  [[1, 2, 3, 4, 5, 6, 7, 80], 4.5, 1, 7, '78%'],
])('the summary of %j', (values, center, low, high, text) => {
  const summary = summarize(sortedSample(values), 'nothing', 0.95);
  expect(summary).toMatchObject({ center, low, high });
  expect(rangeText(summary)).toBe(text);
});

test('an exact unit shows the mode and a delta without p, and says when values vary', () => {
  const summary = summarize(sortedSample([3, 1, 1, 3, 2]), 'exact', 0.95);
  expect(summary).toMatchObject({ center: 1, low: 1, high: 3 });
  expect(summary.warnings).toEqual(['exact distribution expected, but values range from 1 to 3']);
  const comparison = compare(sortedSample([1]), sortedSample([2]), 'exact', 0.05);
  expect([deltaText(comparison, 1, 2), comparisonText(comparison)]).toEqual(['+100.00%', 'n=1']);
});

test('deltas: noise, equal centres, from zero, p equal to alpha', () => {
  const sure = { p: 0.05, alpha: 0.05, sizes: [4, 5], warnings: [] } as const;
  expect([deltaText(sure, 1, 1), deltaText(sure, 0, 1), deltaText(sure, 1, 0.99999)]).toEqual([
    '0.00%',
    '?',
    '-0.00%',
  ]);
  expect(deltaText({ ...sure, p: 0.051 }, 1, 2)).toBe('~');
  expect(comparisonText(sure)).toBe('p=0.050 n=4+5');
});

test('quantiles of type 8, outliers, percentiles', () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBeCloseTo(2.5, 12);
  const sample = [10, 11, 12, 13, 100];
  expect(quantile(sample, 0.25)).toBeCloseTo(10.6667, 4);
  expect(quantile(sample, 0.75)).toBeCloseTo(42, 9);
  expect(withoutOutliers(sample)).toEqual([10, 11, 12, 13]);
  const tens = range(1, 10).map((value) => value * 10);
  expect([0.025, 0.5, 0.975].map((p) => percentile(tens, p))).toEqual([12.5, 60, 100]);
  expect(middle(tens)).toBe(55);
});

test('geometric means', () => {
  expect(geometricMean([2, 8])).toBeCloseTo(4, 12);
  expect(geometricMean([1.5, 0.5, 2])).toBeCloseTo(1.1447142426, 9);
  expect([geometricMean([0, 5]), geometricMean([])]).toEqual([Number.NaN, Number.NaN]);
});

test('the bootstrap of a ratio is the same for the same values, and lies between the extremes', () => {
  const value = fc.double({ min: 1, max: 9, noNaN: true });
  const sample = fc.array(value, { minLength: 1, maxLength: 12 }).map((values) => sortedSample(values));
  fc.assert(
    fc.property(sample, sample, (numerator, denominator) => {
      const options = { level: 0.95, rounds: 100 };
      const ratio = bootstrapRatio(numerator, denominator, options);
      expect(bootstrapRatio(numerator, denominator, options)).toEqual(ratio);
      expect(ratio.low).toBeLessThanOrEqual(ratio.center);
      expect(ratio.center).toBeLessThanOrEqual(ratio.high);
      expect(ratio.low).toBeGreaterThanOrEqual(
        (numerator[0] as number) / (denominator.at(-1) as number) - 1e-12,
      );
      expect(ratio.high).toBeLessThanOrEqual(
        (numerator.at(-1) as number) / (denominator[0] as number) + 1e-12,
      );
    }),
    { numRuns: 50 },
  );
  expect([ratioOf(3, 0), ratioOf(-3, 0)]).toEqual([4, -4]);
});

test('normal and t distributions: known values and inverses', () => {
  expect(normalCdf(-2.5221263232)).toBeCloseTo(0.011664781 / 2, 9);
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 13);
  expect(twoSidedT(2.228138851964939, 10)).toBeCloseTo(0.05, 10);
  fc.assert(
    fc.property(fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }), (p) => {
      expect(normalCdf(normalQuantile(p)) / p).toBeCloseTo(1, 10);
    }),
  );
});

test("Welch's t: against itself p is 1, zero variance and single values are outcomes", () => {
  const moments = momentsOf([1, 2, 3, 4]);
  expect(welchTest(moments, moments)).toMatchObject({ t: 0, p: 1 });
  expect(welchTest(momentsOf([1, 1]), momentsOf([2, 2]))).toEqual({ problem: 'zero variance' });
  expect(welchTest(momentsOf([1]), moments)).toEqual({ problem: 'too small' });
  expect(meanInterval(momentsOf([1, 2, 3]), 0.95).high).toBeCloseTo(2 + 4.302652729911275 / Math.sqrt(3), 9);
});

test.each([
  [0, '0.000', '0.000'],
  [2.5e-7, '250.0n', '0.0000002500'],
  [7654321, '7.654M', '7.300Mi'],
  [99.9949, '99.99', '99.99'],
  [99.995, '100.0', '100.0'],
  [1000, '1.000k', '1000.0'],
  [1023.96, '1.024k', '1.000Ki'],
  [262144, '262.1k', '256.0Ki'],
  [4.2e15, '4200.0T', '3819.9Ti'],
  [6.4e-12, '0.006400n', '0.0000000000'],
])('%p is shown as %s or %s', (value, decimal, binary) => {
  expect(scaledText(value, commonScale([value], 'decimal'))).toBe(decimal);
  expect(scaledText(value, commonScale([value], 'binary'))).toBe(binary);
});

test('a row has one scale, by its value nearest to zero', () => {
  const scale = commonScale([56.75e-9, 1.073e-6, 0], 'decimal');
  expect([56.75e-9, 1.073e-6].map((value) => scaledText(value, scale))).toEqual(['56.75n', '1073.00n']);
});
