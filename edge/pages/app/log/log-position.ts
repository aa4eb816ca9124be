/**
 * Where a reader stands in a log, in a way that holds for ten million lines and for wrapped ones: the line at the top of the window
 * and how much of it is hidden above. A browser's scroll area ends near 2^24 px (Firefox) or 2^25 px (Chromium), so beyond
 * `maxScrollPx` the native scroll bar is only a proportion, and small movements are applied to the position itself.
 */
export interface LogPosition {
  /** From 1. */
  readonly line: number;
  /** Hidden part of that line, less than its height. */
  readonly px: number;
}

export interface LogShape {
  readonly totalLines: number;
  readonly viewportPx: number;
  /** Height of a line that is not wrapped, and of one that is not loaded. */
  readonly rowPx: number;
  /** Height of one line; all are `rowPx` when nothing wraps. */
  readonly heightOf: (line: number) => number;
}

export const maxScrollPx = 8_000_000;

export const logStart: LogPosition = { line: 1, px: 0 };

/** A log of more lines is taller than any window even when none of them wraps. */
const summedLines = 500;

/** Height of the native scroll area. */
export function scrollHeightPx(shape: LogShape): number {
  let contentPx = shape.totalLines * shape.rowPx;
  if (shape.totalLines <= summedLines) {
    contentPx = 0;
    for (let line = 1; line <= shape.totalLines; line++) contentPx += shape.heightOf(line);
  }
  return Math.min(maxScrollPx, Math.max(shape.viewportPx, contentPx));
}

/** The last position: the end of the log at the bottom of the window, or the start when all of it fits. */
export function endPosition(shape: LogShape): LogPosition {
  let roomPx = shape.viewportPx;
  for (let line = shape.totalLines; line >= 1; line--) {
    const height = shape.heightOf(line);
    if (height >= roomPx) return { line, px: height - roomPx };
    roomPx -= height;
  }
  return logStart;
}

export function isAfter(a: LogPosition, b: LogPosition): boolean {
  return a.line > b.line || (a.line === b.line && a.px > b.px);
}

export function clampPosition(shape: LogShape, position: LogPosition): LogPosition {
  if (position.line < 1) return logStart;
  const end = endPosition(shape);
  return isAfter(position, end) ? end : position;
}

/** Moves by pixels as seen on the screen. Cost grows with the lines passed, so it is for steps of a few windows. */
export function moveBy(shape: LogShape, position: LogPosition, deltaPx: number): LogPosition {
  let line = position.line;
  let px = position.px + deltaPx;
  while (px < 0 && line > 1) {
    line--;
    px += shape.heightOf(line);
  }
  if (px < 0) return logStart;
  for (let height = shape.heightOf(line); px >= height && line < shape.totalLines; ) {
    px -= height;
    line++;
    height = shape.heightOf(line);
  }
  return clampPosition(shape, { line, px });
}

/** Lines above the window, as a fraction. */
function depth(shape: LogShape, position: LogPosition): number {
  return position.line - 1 + position.px / Math.max(1, shape.heightOf(position.line));
}

/** The position that a native scroll offset stands for. */
export function positionOfScroll(shape: LogShape, scrollPx: number): LogPosition {
  const maxPx = scrollHeightPx(shape) - shape.viewportPx;
  if (maxPx <= 0 || scrollPx <= 0) return logStart;
  const end = endPosition(shape);
  if (scrollPx >= maxPx) return end;
  const lines = (scrollPx / maxPx) * depth(shape, end);
  const line = Math.floor(lines) + 1;
  return clampPosition(shape, { line, px: (lines - Math.floor(lines)) * shape.heightOf(line) });
}

/** The inverse: where the scroll bar belongs. */
export function scrollOfPosition(shape: LogShape, position: LogPosition): number {
  const maxPx = scrollHeightPx(shape) - shape.viewportPx;
  const all = depth(shape, endPosition(shape));
  return maxPx <= 0 || all <= 0 ? 0 : Math.min(maxPx, (depth(shape, position) / all) * maxPx);
}

/** Puts a line in sight: a third from the top when it was out of it, else nothing moves. */
export function positionShowing(shape: LogShape, position: LogPosition, line: number): LogPosition {
  const wanted = Math.max(1, Math.min(shape.totalLines, line));
  const last = linesInWindow(shape, position).end - 1;
  const whole = wanted > position.line || (wanted === position.line && position.px === 0);
  if (whole && wanted < last) return position;
  return moveBy(shape, { line: wanted, px: 0 }, -Math.floor(shape.viewportPx / 3));
}

/** Lines that are at least partly in the window: `first` to before `end`. */
export function linesInWindow(shape: LogShape, position: LogPosition): { first: number; end: number } {
  let line = position.line;
  for (let usedPx = -position.px; usedPx < shape.viewportPx && line <= shape.totalLines; line++) {
    usedPx += shape.heightOf(line);
  }
  return { first: position.line, end: line };
}
