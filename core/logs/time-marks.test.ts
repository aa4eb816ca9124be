import { expect, test } from 'bun:test';
import { createGrowingMarks } from './time-marks.ts';

test('output of one moment shares a mark, and a clock that goes back begins another', () => {
  const marks = createGrowingMarks(100);
  for (const [offset, at] of [
    [0, 1_000],
    [5, 1_099],
    [9, 1_100],
    [12, 900],
    [15, Number.NaN],
    [20, 1e20],
  ] as const) {
    marks.add(offset, at);
  }
  expect([0, 4, 8, 9, 12, 99].map(marks.timeOf)).toEqual([1_000, 1_000, 1_000, 1_100, 900, 900]);
  expect([marks.nextAfter(0), marks.nextAfter(9), marks.nextAfter(12)]).toEqual([
    9,
    12,
    Number.POSITIVE_INFINITY,
  ]);
  marks.cut(9);
  expect([marks.count, marks.timeOf(50)]).toEqual([1, 1_000]);
  marks.cut(0);
  expect([marks.count, marks.timeOf(0)]).toEqual([0, null]);
});

test('too many get coarser, whatever the times are', () => {
  const marks = createGrowingMarks(64);
  for (let index = 0; index < 10_000; index++) marks.add(index, index * 200);
  expect(marks.count).toBeLessThanOrEqual(64);
  for (let index = 0; index < 10_000; index += 97) {
    expect(Math.abs((marks.timeOf(index) ?? 0) - index * 200)).toBeLessThan(100_000);
  }
  const jumping = createGrowingMarks(64);
  for (let index = 0; index < 10_000; index++) jumping.add(index, index % 2 === 0 ? 1e12 : 0);
  expect(jumping.count).toBeLessThanOrEqual(64);
});
