/**
 * The confidence interval of a median from order statistics: with X ~ Binomial(n, ½), [x(l), x(r)] covers the median with probability
 * Pr[l ≤ X < r], whatever the distribution. Hahn & Meeker, "Statistical Intervals" (1991), 5.2.
 */
import { normalCdf, normalQuantile } from './normal.ts';

export interface MedianInterval {
  /** 1-based order statistics; below 1 means −∞, beyond the sample size +∞. */
  readonly low: number;
  readonly high: number;
  /** What the interval really covers; at least the level up to 30 values. */
  readonly coverage: number;
}

const mostExact = 30;

export function medianInterval(size: number, level: number): MedianInterval {
  if (level >= 1) return { low: 0, high: size + 1, coverage: 1 };
  return size <= mostExact ? exactInterval(size, level) : approximateInterval(size, level);
}

/** From the middle outwards, the likelier neighbour first and the left one when both are equal. */
function exactInterval(size: number, level: number): MedianInterval {
  const mass = binomialHalf(size);
  const at = (k: number) => mass[k] ?? 0;
  let low = Math.ceil((size + 1) / 2) - 1;
  let high = low + 1;
  let coverage = at(low);
  while (coverage < level && (low > 0 || high <= size)) {
    const left = low > 0 ? at(low - 1) : -1;
    const right = high <= size ? at(high) : -1;
    if (left >= right) {
      coverage += left;
      low--;
    } else {
      coverage += right;
      high++;
    }
  }
  return { low, high, coverage };
}

/** Pr[X = k]; exact, since C(30, 15) has 28 bits. */
function binomialHalf(size: number): readonly number[] {
  const mass: number[] = [];
  let ways = 1;
  for (let k = 0; k <= size; k++) {
    mass.push(ways / 2 ** size);
    ways = (ways * (size - k)) / (k + 1);
  }
  return mass;
}

/** Normal approximation with continuity correction, as upstream's tools round it. */
function approximateInterval(size: number, level: number): MedianInterval {
  const mean = size / 2;
  const deviation = Math.sqrt(size) / 2;
  const cdf = (x: number) => normalCdf((x - mean) / deviation);
  const left = mean + deviation * normalQuantile((1 - level) / 2);
  const right = 2 * mean - left;
  const low = Math.floor(Math.floor(left - 0.5) + 0.5) + 1;
  let high = Math.floor(Math.ceil(right - 0.5) + 0.5) + 1;
  const covered = (end: number) => cdf(end - 0.5) - cdf(low - 0.5);
  let coverage = covered(high);
  const shorter = covered(high - 1);
  if (shorter >= level && shorter < coverage) {
    high--;
    coverage = shorter;
  }
  if (low <= 0 && high >= size + 1) coverage = 1;
  return { low: Math.max(low, 0), high: Math.min(high, size + 1), coverage };
}

/** The least sample whose interval is finite on both sides; null when 50 values are not enough. */
export function sizeForInterval(level: number): number | null {
  for (let size = 2; size <= 50; size++) {
    const { low, high } = medianInterval(size, level);
    if (low >= 1 && high <= size) return size;
  }
  return null;
}
