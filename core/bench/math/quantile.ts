/**
 * The quantile of a sorted sample; type 8 of Hyndman & Fan, "Sample quantiles in statistical packages" (1996): position 1/3 + q(N + 1/3),
 * linear in between, clamped to the ends. NaN of an empty sample.
 */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const size = sorted.length;
  if (size === 0) return Number.NaN;
  const position = 1 / 3 + q * (size + 1 / 3);
  const below = Math.floor(position);
  if (below <= 0) return sorted[0] as number;
  if (below >= size) return sorted[size - 1] as number;
  const low = sorted[below - 1] as number;
  return low + (position - below) * ((sorted[below] as number) - low);
}

export function median(sorted: ArrayLike<number>): number {
  return quantile(sorted, 0.5);
}

/** By number, NaN first; as a new array. */
export function sortedSample(values: ArrayLike<number>): Float64Array {
  const sorted = Float64Array.from(values);
  sorted.sort();
  // The platform puts NaN last.
  let missing = 0;
  while (missing < sorted.length && Number.isNaN(sorted[sorted.length - 1 - missing])) missing++;
  if (missing > 0) {
    sorted.copyWithin(missing, 0, sorted.length - missing);
    sorted.fill(Number.NaN, 0, missing);
  }
  return sorted;
}
