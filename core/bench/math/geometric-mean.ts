/** exp of the mean of the logarithms, as a running mean (Knuth, TAOCP 2, 4.2.2); NaN without values or when one is not above zero. */
export function geometricMean(values: ArrayLike<number>): number {
  if (values.length === 0) return Number.NaN;
  let mean = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at] as number;
    if (!(value > 0)) return Number.NaN;
    mean += (Math.log(value) - mean) / (at + 1);
  }
  return Math.exp(mean);
}
