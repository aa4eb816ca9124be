import { quantile } from './quantile.ts';

/**
 * What upstream's first benchstat keeps of a sorted sample: the values from Q1 − 1.5·IQR to Q3 + 1.5·IQR (Tukey, "Exploratory data
 * analysis", 1977). For pages that show what it showed: to drop values before a rank test makes its p wrong.
 */
export function withoutOutliers(sorted: ArrayLike<number>): readonly number[] {
  const low = quantile(sorted, 0.25);
  const high = quantile(sorted, 0.75);
  const reach = 1.5 * (high - low);
  return Array.from(sorted).filter((value) => value >= low - reach && value <= high + reach);
}
