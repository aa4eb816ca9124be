import { expect, test } from 'bun:test';
import { gridMetrics, moveInGrid } from './grid-metrics.ts';

function named(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `builder-${index}`);
}

test('few builders have room for durations, many are marks', () => {
  expect(gridMetrics(1_250, named(4)).isWide).toBe(true);
  expect(gridMetrics(1_250, named(40)).isWide).toBe(false);
  expect(gridMetrics(1_250, named(40)).cellPx).toBe(28);
});

test('subjects get what builders leave free, and never less than their share', () => {
  expect(gridMetrics(1_250, named(14)).commitPx).toBe(1_250 - 14 * 28);
  expect(gridMetrics(1_250, named(300)).commitPx).toBe(460);
});

test('without builders there is still a commit', () => {
  expect(gridMetrics(0, []).commitPx).toBeGreaterThan(0);
  expect(gridMetrics(1_250, []).isWide).toBe(false);
});

const size = { rows: 100, columns: 5, pageRows: 20 };

test.each([
  ['ArrowDown', { row: 11, column: 2 }],
  ['ArrowUp', { row: 9, column: 2 }],
  ['ArrowRight', { row: 10, column: 3 }],
  ['ArrowLeft', { row: 10, column: 1 }],
  ['PageDown', { row: 30, column: 2 }],
  ['PageUp', { row: 0, column: 2 }],
  ['Home', { row: 10, column: -1 }],
  ['End', { row: 10, column: 4 }],
])('%s', (key, to) => {
  expect(moveInGrid({ row: 10, column: 2 }, key, size)).toEqual(to);
});

test('the edges hold, and other keys are not the grid’s', () => {
  expect(moveInGrid({ row: 0, column: -1 }, 'ArrowLeft', size)).toEqual({ row: 0, column: -1 });
  expect(moveInGrid({ row: 99, column: 4 }, 'PageDown', size)).toEqual({ row: 99, column: 4 });
  expect(moveInGrid({ row: 0, column: 0 }, 'x', size)).toBeNull();
});
