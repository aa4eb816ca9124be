import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { indexAt, scrollToShow, startsOf, visibleMixedSpan, visibleSpan } from './virtual.ts';

test('every row that touches the window exists, and few more', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 100_000 }),
      fc.integer({ min: 0, max: 3_000_000 }),
      fc.integer({ min: 0, max: 2_000 }),
      (count, startPx, sizePx) => {
        const span = visibleSpan({ count, itemPx: 30 }, { startPx, sizePx }, { overscan: 4, quantum: 4 });
        expect(span.first).toBeGreaterThanOrEqual(0);
        expect(span.end).toBeLessThanOrEqual(count);
        expect(span.end - span.first).toBeLessThanOrEqual(sizePx / 30 + 20);
        for (const px of [startPx, startPx + sizePx]) {
          const row = Math.floor(px / 30);
          if (row < count) expect(row >= span.first && row <= span.end).toBe(true);
        }
      },
    ),
  );
});

test('small movements keep the span', () => {
  const at = (startPx: number) =>
    visibleSpan({ count: 1_000, itemPx: 30 }, { startPx, sizePx: 600 }, { overscan: 8, quantum: 4 });
  expect(at(3_001)).toEqual(at(3_050));
});

test('the item at a pixel is the one that covers it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 60 }), (heights) => {
      const starts = startsOf(heights);
      for (let px = 0; px < (starts.at(-1) ?? 0); px += 7) {
        const index = indexAt(starts, px);
        expect(starts[index]).toBeLessThanOrEqual(px);
        expect(starts[index + 1]).toBeGreaterThan(px);
      }
    }),
  );
});

test('an empty list shows nothing', () => {
  expect(visibleMixedSpan(startsOf([]), { startPx: 0, sizePx: 800 }, 10)).toEqual({ first: 0, end: 0 });
});

test('showing a cell scrolls no more than it has to', () => {
  const window = { startPx: 300, sizePx: 400, insetPx: 100 };
  expect(scrollToShow({ startPx: 330, sizePx: 30 }, window)).toBe(300);
  expect(scrollToShow({ startPx: 90, sizePx: 30 }, window)).toBe(90);
  expect(scrollToShow({ startPx: 590, sizePx: 30 }, window)).toBe(320);
});
