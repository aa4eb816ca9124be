/** What may be assumed of the values of a unit, and so how they are summed up and compared. */
import { shortestText } from '../format/number-text.ts';
import { mannWhitney, sizeForDifference } from './mann-whitney.ts';
import { medianInterval, sizeForInterval } from './median-interval.ts';
import { median } from './quantile.ts';
import { meanInterval, momentsOf, welchTest } from './welch.ts';

/** `exact`: a size in bytes or a count that does not vary; `normal`: values around a mean. */
export type Assumption = 'nothing' | 'exact' | 'normal';

export interface Summary {
  readonly center: number;
  readonly low: number;
  readonly high: number;
  /** The confidence that the interval really has. */
  readonly confidence: number;
  readonly warnings: readonly string[];
}

export interface Comparison {
  readonly p: number;
  readonly sizes: readonly [number, number];
  /** A p above it is noise. */
  readonly alpha: number;
  readonly warnings: readonly string[];
}

export interface Thresholds {
  readonly alpha: number;
  readonly confidence: number;
}

/** An unknown word of `assume=` counts as nothing. */
export function assumptionOf(text: string | undefined): Assumption {
  return text === 'exact' ? 'exact' : 'nothing';
}

/** Of a sorted sample that is not empty. */
export function summarize(sorted: Float64Array, assumption: Assumption, confidence: number): Summary {
  if (assumption === 'exact') return exactSummary(sorted);
  if (assumption === 'normal') {
    return { ...meanInterval(momentsOf(sorted), confidence), confidence, warnings: [] };
  }
  const interval = intervalOf(sorted.length, confidence);
  const low = interval.low < 1 ? Number.NEGATIVE_INFINITY : (sorted[interval.low - 1] as number);
  const high =
    interval.high > sorted.length ? Number.POSITIVE_INFINITY : (sorted[interval.high - 1] as number);
  const isOpen = Math.abs(low) === Number.POSITIVE_INFINITY || Math.abs(high) === Number.POSITIVE_INFINITY;
  const warnings = isOpen ? [intervalWarning(confidence)] : [];
  return { center: median(sorted), low, high, confidence: interval.coverage, warnings };
}

/** The most frequent value, the smallest of several. */
function exactSummary(sorted: Float64Array): Summary {
  const first = sorted[0] as number;
  const last = sorted[sorted.length - 1] as number;
  let [mode, longest] = [first, 0];
  for (let from = 0; from < sorted.length; ) {
    let to = from + 1;
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    if (to - from > longest) [mode, longest] = [sorted[from] as number, to - from];
    from = to;
  }
  const warning = `exact distribution expected, but values range from ${shortestText(first)} to ${shortestText(last)}`;
  return { center: mode, low: first, high: last, confidence: 1, warnings: first === last ? [] : [warning] };
}

/** Both sorted. */
export function compare(
  old: Float64Array,
  now: Float64Array,
  assumption: Assumption,
  alpha: number,
): Comparison {
  const sizes: readonly [number, number] = [old.length, now.length];
  if (assumption === 'exact') return { p: 0, sizes, alpha: 0, warnings: [] };
  if (assumption === 'normal') {
    const outcome = welchTest(momentsOf(old), momentsOf(now));
    if ('p' in outcome) return { p: outcome.p, sizes, alpha, warnings: [] };
    return { p: 1, sizes, alpha, warnings: [problemTexts[outcome.problem]] };
  }
  const outcome = mannWhitney(old, now);
  if ('problem' in outcome) return { p: 1, sizes, alpha, warnings: [problemTexts[outcome.problem]] };
  const warning = outcome.p > alpha ? differenceWarning(sizes, alpha) : null;
  return { p: outcome.p, sizes, alpha, warnings: warning === null ? [] : [warning] };
}

const problemTexts = {
  'too small': 'sample is too small',
  'all equal': 'all samples are equal',
  'zero variance': 'sample has zero variance',
} as const;

const intervals = new Map<string, ReturnType<typeof medianInterval>>();

function intervalOf(size: number, level: number): ReturnType<typeof medianInterval> {
  const key = `${size} ${level}`;
  let interval = intervals.get(key);
  if (interval === undefined) {
    if (intervals.size >= 10_000) intervals.clear();
    interval = medianInterval(size, level);
    intervals.set(key, interval);
  }
  return interval;
}

function intervalWarning(level: number): string {
  const size = sizeForInterval(level);
  const wanted = size === null ? '> 50' : `>= ${size}`;
  return `need ${wanted} samples for confidence interval at level ${shortestText(level)}`;
}

function differenceWarning(sizes: readonly [number, number], alpha: number): string | null {
  const size = sizeForDifference(alpha);
  if (size !== null && (sizes[0] >= size || sizes[1] >= size)) return null;
  if (size === null && (sizes[0] >= 10 || sizes[1] >= 10)) return null;
  const wanted = size === null ? '> 10' : `>= ${size}`;
  return `need ${wanted} samples to detect a difference at alpha level ${shortestText(alpha)}`;
}
