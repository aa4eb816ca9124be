import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  clampPosition,
  endPosition,
  isAfter,
  type LogShape,
  linesInWindow,
  logStart,
  maxScrollPx,
  moveBy,
  positionOfScroll,
  positionShowing,
  scrollHeightPx,
  scrollOfPosition,
} from './log-position.ts';

const rowPx = 20;

function plain(totalLines: number, viewportPx = 500): LogShape {
  return { totalLines, viewportPx, rowPx, heightOf: () => rowPx };
}

/** Lines of one to five rows. */
function wrapped(totalLines: number, viewportPx = 500): LogShape {
  return { totalLines, viewportPx, rowPx, heightOf: (line) => rowPx * (1 + ((line * 7) % 5)) };
}

const anyShape = fc
  .tuple(fc.integer({ min: 1, max: 12_000_000 }), fc.integer({ min: 60, max: 1_500 }), fc.boolean())
  .map(([lines, viewportPx, isWrapped]) =>
    isWrapped ? wrapped(lines, viewportPx) : plain(lines, viewportPx),
  );

describe('the scroll bar', () => {
  test('never asks for more height than browsers have', () => {
    expect(scrollHeightPx(plain(10_000_000))).toBe(maxScrollPx);
    expect(scrollHeightPx(plain(100))).toBe(2_000);
    expect(scrollHeightPx(plain(2))).toBe(500);
  });

  test('reaches the first and the last line of any log', () => {
    fc.assert(
      fc.property(anyShape, (shape) => {
        expect(positionOfScroll(shape, 0)).toEqual(logStart);
        const end = positionOfScroll(shape, scrollHeightPx(shape) - shape.viewportPx);
        expect(end).toEqual(endPosition(shape));
        expect(linesInWindow(shape, end).end).toBe(shape.totalLines + 1);
      }),
    );
  });

  test('goes back to where it came from', () => {
    fc.assert(
      fc.property(anyShape, fc.double({ min: 0, max: 1, noNaN: true }), (shape, share) => {
        const maxPx = scrollHeightPx(shape) - shape.viewportPx;
        const px = share * maxPx;
        const back = scrollOfPosition(shape, positionOfScroll(shape, px));
        expect(Math.abs(back - Math.min(px, maxPx))).toBeLessThan(0.01);
      }),
    );
  });

  test('is exact to the pixel where nothing is scaled', () => {
    const { line, px } = positionOfScroll(plain(1_000), 1_234);
    expect(line).toBe(62);
    expect(px).toBeCloseTo(14, 6);
  });
});

describe('moving', () => {
  test('down and up by the same is where it began', () => {
    fc.assert(
      fc.property(
        anyShape,
        fc.integer({ min: 0, max: 4_000 }),
        fc.integer({ min: 0, max: 900 }),
        (shape, from, by) => {
          const start = moveBy(shape, logStart, from);
          const there = moveBy(shape, start, by);
          if (!isAfter(endPosition(shape), there)) return;
          const back = moveBy(shape, there, -by);
          expect(back.line).toBe(start.line);
          expect(back.px).toBeCloseTo(start.px, 6);
        },
      ),
    );
  });

  test('stops at both ends', () => {
    const shape = wrapped(5_000);
    expect(moveBy(shape, logStart, -100)).toEqual(logStart);
    expect(moveBy(shape, endPosition(shape), 100)).toEqual(endPosition(shape));
  });

  test('a log that fits does not move', () => {
    expect(moveBy(plain(3), logStart, 300)).toEqual(logStart);
    expect(clampPosition(plain(3), { line: 3, px: 5 })).toEqual(logStart);
  });
});

describe('showing a line', () => {
  test('puts it in the window, whatever was there', () => {
    fc.assert(
      fc.property(anyShape, fc.integer({ min: 1, max: 12_000_000 }), (shape, line) => {
        const wanted = Math.min(line, shape.totalLines);
        const position = positionShowing(shape, logStart, line);
        const { first, end } = linesInWindow(shape, position);
        expect(wanted >= first && wanted < end).toBe(true);
      }),
    );
  });

  test('does not move when it is there already', () => {
    const shape = plain(1_000);
    const position = { line: 100, px: 3 };
    expect(positionShowing(shape, position, 110)).toBe(position);
  });
});
