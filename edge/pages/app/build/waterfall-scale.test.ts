import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { barsOf } from './waterfall-scale.ts';

function span(from: number, to: number | null) {
  return {
    step: 's',
    title: 's',
    startedAt: new Date(from).toISOString(),
    endedAt: to === null ? null : new Date(to).toISOString(),
    state: 'passed' as const,
    logLine: null,
    detail: null,
  };
}

test('a step stands where it ran', () => {
  const [first, second] = barsOf([span(0, 250), span(250, null)], 0, 1_000);
  expect(first).toEqual({ leftPercent: 0, widthPercent: 25, ms: 250 });
  expect(second).toEqual({ leftPercent: 25, widthPercent: 75, ms: 750 });
});

test('every bar can be seen and none leaves the line, whatever the clocks say', () => {
  const instant = fc.integer({ min: -1_000, max: 10_000 });
  fc.assert(
    fc.property(fc.array(fc.tuple(instant, instant)), fc.integer({ min: 0, max: 8_000 }), (spans, end) => {
      const bars = barsOf(
        spans.map(([from, to]) => span(from, to)),
        0,
        end,
      );
      for (const bar of bars) {
        expect(bar.leftPercent).toBeGreaterThanOrEqual(0);
        expect(bar.widthPercent).toBeGreaterThanOrEqual(0.59);
        expect(bar.leftPercent + bar.widthPercent).toBeLessThanOrEqual(100.001);
        expect(bar.ms).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});
