/** The ratio of two medians with a percentile bootstrap interval. Efron & Tibshirani, "An introduction to the bootstrap" (1993), 13.3. */
export interface RatioInterval {
  readonly low: number;
  readonly center: number;
  readonly high: number;
}

export interface BootstrapOptions {
  readonly level: number;
  readonly rounds: number;
}

/** Equal samples give equal intervals: the chance comes from the values themselves. Both are sorted and not empty. */
export function bootstrapRatio(
  numerator: ArrayLike<number>,
  denominator: ArrayLike<number>,
  { level, rounds }: BootstrapOptions,
): RatioInterval {
  const next = seededNumbers(seedOf(numerator), seedOf(denominator));
  const ratios = new Float64Array(rounds);
  const above = new Float64Array(numerator.length);
  const below = new Float64Array(denominator.length);
  for (let round = 0; round < rounds; round++) {
    ratios[round] = ratioOf(
      resampledMedian(numerator, above, next),
      resampledMedian(denominator, below, next),
    );
  }
  ratios.sort();
  return {
    low: percentile(ratios, (1 - level) / 2),
    center: middle(ratios),
    high: percentile(ratios, 1 - (1 - level) / 2),
  };
}

/** Of a zero denominator upstream's rule: one more than the numerator, away from zero. */
export function ratioOf(numerator: number, denominator: number): number {
  if (denominator !== 0) return numerator / denominator;
  return numerator >= 0 ? numerator + 1 : numerator - 1;
}

/** Linear at index n·p of a sorted sample, clamped to the last value: upstream's definition. */
export function percentile(sorted: ArrayLike<number>, p: number): number {
  const size = sorted.length;
  if (size === 0) return Number.NaN;
  if (p <= 0) return sorted[0] as number;
  const place = size * p;
  const index = Math.floor(place);
  if (p >= 1 || index >= size - 1) return sorted[size - 1] as number;
  const low = sorted[index] as number;
  return low + (place - index) * ((sorted[index + 1] as number) - low);
}

function resampledMedian(values: ArrayLike<number>, room: Float64Array, next: () => number): number {
  for (let at = 0; at < room.length; at++) room[at] = values[Math.floor(next() * values.length)] as number;
  return middle(room.sort());
}

export function middle(sorted: ArrayLike<number>): number {
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half] as number;
  return ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}

/** 32 bits of the values' own bits; FNV-1a. */
function seedOf(values: ArrayLike<number>): number {
  const bits = new Uint32Array(Float64Array.from(values).buffer);
  let hash = 0x811c9dc5 | 0;
  for (const word of bits) hash = Math.imul(hash ^ word, 16777619);
  return hash >>> 0;
}

/** Numbers in [0, 1) from two seeds: sfc32 of PractRand (Chris Doty-Humphrey). */
function seededNumbers(first: number, second: number): () => number {
  let [a, b, c, counter] = [first | 0, second | 0, 0x9e3779b9 | 0, 1];
  function next(): number {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  }
  for (let round = 0; round < 12; round++) next();
  return next;
}
