import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { figureAt, sparkline } from './sparkline.ts';

const options = { atLeast: 1, places: 5 };

test('a full row goes from edge to edge, zero at the bottom', () => {
  expect(sparkline([0, 1, 2, 4, 2], options)).toEqual({
    line: 'M0 100L25 76L50 52L75 4L100 52',
    area: 'M0 100L25 76L50 52L75 4L100 52L100 100L0 100Z',
    least: 0,
    most: 4,
  });
});

test('a short row stands at the right, and a gap stays one', () => {
  expect(sparkline([1, null, 1], options)?.line).toBe('M50 4L50.3 4M100 4L100.3 4');
  expect(sparkline([null, null], options)).toBeNull();
  expect(sparkline([], options)).toBeNull();
});

test('a quiet row stays low', () => {
  expect(sparkline([1, 1], { atLeast: 100, places: 2 })?.line).toBe('M0 99.04L100 99.04');
});

test('every figure is inside the box', () => {
  const values = fc.array(fc.option(fc.double({ min: 0, max: 1e12, noNaN: true })), { maxLength: 50 });
  fc.assert(
    fc.property(values, (row) => {
      const made = sparkline(row, { atLeast: 1, places: 50 });
      for (const number of made?.line.match(/-?[\d.]+(?:e-?\d+)?/g) ?? []) {
        expect(Number(number)).toBeGreaterThanOrEqual(0);
        expect(Number(number)).toBeLessThanOrEqual(100.3);
      }
    }),
  );
});

test('a place finds its figure again', () => {
  expect([0, 0.5, 1].map((share) => figureAt(share, 5, 5))).toEqual([0, 2, 4]);
  expect([0, 0.5, 1].map((share) => figureAt(share, 2, 5))).toEqual([null, null, 1]);
});
