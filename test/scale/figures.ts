/** Figures of many samples, and the tables that show them. Pure. */

export interface Figures {
  readonly name: string;
  readonly samples: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  /** Bytes of the largest answer. */
  readonly bytes: number;
}

export interface PageFigures {
  readonly name: string;
  /** From the start of the navigation, ms. */
  readonly firstPaint: number;
  /** Its content is there and the browser is free to answer, ms. */
  readonly interactive: number;
  /** While it is scrolled by script, ms. */
  readonly longestFrame: number;
  readonly framesOver50: number;
  /** After a collection of garbage, MB. */
  readonly heapBefore: number;
  readonly heapAfter: number;
}

/** The aims of "Pages at scale". */
export const aims = {
  serverP95: 200,
  firstPaint: 1_000,
  interactive: 1_000,
  frame: 50,
  heapMb: 150,
} as const;

export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export function figuresOf(name: string, times: readonly number[], bytes: number): Figures {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(quantile(sorted, share) * 10) / 10;
  return { name, samples: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1), bytes };
}

export function missedBy(figures: Figures): boolean {
  return figures.p95 > aims.serverP95;
}

export function pageMisses(page: PageFigures): readonly string[] {
  return [
    ...(page.firstPaint > aims.firstPaint ? [`first paint ${page.firstPaint} ms`] : []),
    ...(page.interactive > aims.interactive ? [`interactive ${page.interactive} ms`] : []),
    ...(page.framesOver50 > 0 ? [`${page.framesOver50} frames over ${aims.frame} ms`] : []),
    ...(page.heapAfter > aims.heapMb ? [`a heap of ${page.heapAfter} MB`] : []),
  ];
}

export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}
