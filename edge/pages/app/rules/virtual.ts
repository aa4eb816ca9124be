/** Arithmetic of virtual lists: which of many rows (or columns) have to exist for what is on the screen. */
export interface Span {
  /** First index. */
  readonly first: number;
  /** One past the last index. */
  readonly end: number;
}

export interface FixedList {
  readonly count: number;
  readonly itemPx: number;
}

/** Rows that touch the window, `overscan` more on either side. `quantum` keeps the answer the same over small movements. */
export function visibleSpan(
  list: FixedList,
  window: { readonly startPx: number; readonly sizePx: number },
  options: { readonly overscan: number; readonly quantum?: number },
): Span {
  const quantum = options.quantum ?? 1;
  const first = Math.floor(window.startPx / list.itemPx) - options.overscan;
  const end = Math.ceil((window.startPx + window.sizePx) / list.itemPx) + options.overscan;
  return {
    first: clamp(Math.floor(first / quantum) * quantum, 0, list.count),
    end: clamp(Math.ceil(end / quantum) * quantum, 0, list.count),
  };
}

function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(max, value));
}

/** Where each item of a list of mixed heights starts; one more entry than items, the last is the whole height. */
export function startsOf(heightsPx: readonly number[]): readonly number[] {
  const starts = [0];
  let sum = 0;
  for (const height of heightsPx) {
    sum += height;
    starts.push(sum);
  }
  return starts;
}

/** The item that covers `px`: the last whose start is not after it. Binary search. */
export function indexAt(starts: readonly number[], px: number): number {
  let low = 0;
  let high = Math.max(0, starts.length - 2);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= px) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function visibleMixedSpan(
  starts: readonly number[],
  window: { readonly startPx: number; readonly sizePx: number },
  overscan: number,
): Span {
  const count = starts.length - 1;
  if (count <= 0) return { first: 0, end: 0 };
  return {
    first: clamp(indexAt(starts, window.startPx) - overscan, 0, count),
    end: clamp(indexAt(starts, window.startPx + window.sizePx) + 1 + overscan, 0, count),
  };
}

/** The least scrolling that brings `[itemPx, itemPx + sizePx)` fully into the window below `insetPx` of fixed headers. */
export function scrollToShow(
  item: { readonly startPx: number; readonly sizePx: number },
  window: { readonly startPx: number; readonly sizePx: number; readonly insetPx: number },
): number {
  const roomPx = window.sizePx - window.insetPx;
  if (item.startPx < window.startPx) return item.startPx;
  if (item.startPx + item.sizePx > window.startPx + roomPx) return item.startPx + item.sizePx - roomPx;
  return window.startPx;
}
