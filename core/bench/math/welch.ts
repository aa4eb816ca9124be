import { tOfLevel, twoSidedT } from './student-t.ts';

export interface Moments {
  readonly size: number;
  readonly mean: number;
  /** Of the sample: divided by n − 1. NaN of fewer than two values. */
  readonly variance: number;
}

/** Welford, "Note on a method for calculating corrected sums of squares and products" (1962). */
export function momentsOf(values: ArrayLike<number>): Moments {
  let mean = 0;
  let squares = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    const before = value - mean;
    mean += before / (at + 1);
    squares += before * (value - mean);
  }
  const size = values.length;
  return {
    size,
    mean: size === 0 ? Number.NaN : mean,
    variance: size < 2 ? Number.NaN : squares / (size - 1),
  };
}

export type WelchOutcome =
  | { readonly t: number; readonly freedom: number; readonly p: number }
  | { readonly problem: 'too small' | 'zero variance' };

/** Two-sided. Welch, "The generalization of Student's problem when several different population variances are involved" (1947). */
export function welchTest(first: Moments, second: Moments): WelchOutcome {
  if (first.size < 2 || second.size < 2) return { problem: 'too small' };
  if (first.variance === 0 && second.variance === 0) return { problem: 'zero variance' };
  const a = first.variance / first.size;
  const b = second.variance / second.size;
  const t = (first.mean - second.mean) / Math.sqrt(a + b);
  // Satterthwaite (1946).
  const freedom = (a + b) ** 2 / (a ** 2 / (first.size - 1) + b ** 2 / (second.size - 1));
  return { t, freedom, p: twoSidedT(t, freedom) };
}

/** The mean with its t interval (Student 1908): unbounded with fewer than two values. */
export function meanInterval(
  moments: Moments,
  level: number,
): { readonly center: number; readonly low: number; readonly high: number } {
  const { mean, size, variance } = moments;
  const half = size < 2 ? Number.POSITIVE_INFINITY : tOfLevel(level, size - 1) * Math.sqrt(variance / size);
  return { center: mean, low: mean - half, high: mean + half };
}
