/**
 * The Mann–Whitney U test, two-sided. Mann & Whitney, "On a test of whether one of two random variables is stochastically larger than the
 * other" (1947); with ties the exact distribution is the one conditional on the pattern of ties (Klotz 1966; Cheung & Klotz 1997).
 */
import { normalCdf } from './normal.ts';

export interface UTest {
  /** Pairs in which the first sample is greater, a tie counting one half. */
  readonly u: number;
  readonly p: number;
  readonly method: 'exact' | 'approximate';
}

export type UTestOutcome = UTest | { readonly problem: 'too small' | 'all equal' };

/** Largest sizes of a side for which p is exact. */
export const mostExactWithoutTies = 50;
export const mostExactWithTies = 25;

/** Both sorted. The result does not depend on which one is first. */
export function mannWhitney(first: ArrayLike<number>, second: ArrayLike<number>): UTestOutcome {
  const sizes: readonly [number, number] = [first.length, second.length];
  if (sizes[0] === 0 || sizes[1] === 0) return { problem: 'too small' };
  const { u, groups } = rank(first, second);
  if (groups.length === 1) return { problem: 'all equal' };
  const larger = Math.max(...sizes);
  const tied = groups.length < sizes[0] + sizes[1];
  if (larger > (tied ? mostExactWithTies : mostExactWithoutTies)) {
    return { u, p: approximateP(u, sizes, groups), method: 'approximate' };
  }
  const p = tied ? tiedP(u, sizes[0], groups) : untiedP(u, sizes[0], sizes[1]);
  return { u, p, method: 'exact' };
}

/** U of the first sample, and how many values of the pooled sample are equal to each other, in ascending order. */
function rank(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
): { readonly u: number; readonly groups: readonly number[] } {
  const groups: number[] = [];
  let [i, j] = [0, 0];
  let doubleU = 0;
  while (i < first.length || j < second.length) {
    const a = i < first.length ? (first[i] as number) : Number.POSITIVE_INFINITY;
    const b = j < second.length ? (second[j] as number) : Number.POSITIVE_INFINITY;
    const value = i < first.length && (j >= second.length || a <= b) ? a : b;
    const [fromFirst, fromSecond] = [i, j];
    while (i < first.length && first[i] === value) i++;
    while (j < second.length && second[j] === value) j++;
    // A NaN equals nothing: it is a group of its own.
    if (i === fromFirst && j === fromSecond) {
      if (i < first.length && Number.isNaN(a)) i++;
      else j++;
    }
    doubleU += (i - fromFirst) * (2 * fromSecond + (j - fromSecond));
    groups.push(i - fromFirst + (j - fromSecond));
  }
  return { u: doubleU / 2, groups };
}

const distributions = new Map<string, Float64Array>();

/** p_{n,m}(u) = (n·p_{n−1,m}(u−m) + m·p_{n,m−1}(u)) / (n+m), summed from below. The distribution is symmetric. */
function untiedP(u: number, n: number, m: number): number {
  const key = `${Math.min(n, m)} ${Math.max(n, m)}`;
  let below = distributions.get(key);
  if (below === undefined) {
    below = cumulative(Math.min(n, m), Math.max(n, m));
    if (distributions.size >= 200) distributions.clear();
    distributions.set(key, below);
  }
  return Math.min(1, 2 * (below[Math.min(u, n * m - u)] as number));
}

function cumulative(n: number, m: number): Float64Array {
  const most = Math.floor((n * m) / 2);
  // Row i: the distributions of p_{i,j} for all j; only the lower half of the last one is wanted.
  let row: Float64Array[] = Array.from({ length: m + 1 }, () => Float64Array.of(1));
  for (let i = 1; i <= n; i++) {
    const next: Float64Array[] = [Float64Array.of(1)];
    for (let j = 1; j <= m; j++) {
      const length = Math.min(i * j, most) + 1;
      const mass = new Float64Array(length);
      const fewer = row[j] as Float64Array;
      const shorter = next[j - 1] as Float64Array;
      for (let u = 0; u < length; u++) {
        mass[u] = (i * (u >= j ? (fewer[u - j] ?? 0) : 0) + j * (shorter[u] ?? 0)) / (i + j);
      }
      next.push(mass);
    }
    row = next;
  }
  const below = row[m] as Float64Array;
  for (let u = 1; u < below.length; u++) below[u] = (below[u] as number) + (below[u - 1] as number);
  return below;
}

/** Twice the smaller tail. Upstream doubles the lower tail of the smaller U, which is another number when the ties are lopsided. */
function tiedP(u: number, size: number, groups: readonly number[]): number {
  const ways = tiedWays(size, groups);
  const at = Math.round(2 * u);
  let [lower, upper, total] = [0, 0, 0];
  for (let place = 0; place < ways.length; place++) {
    const count = ways[place] as number;
    total += count;
    if (place <= at) lower += count;
    if (place >= at) upper += count;
  }
  return Math.min(1, (2 * Math.min(lower, upper)) / total);
}

/** In how many ways the first sample can be chosen from the pooled one with each 2U; whole numbers below 2^53, as C(50, 25) is. */
function tiedWays(size: number, groups: readonly number[]): Float64Array {
  const total = groups.reduce((sum, count) => sum + count, 0);
  const width = 2 * size * (total - size) + 1;
  let taken: (Float64Array | undefined)[] = [new Float64Array(width)];
  (taken[0] as Float64Array)[0] = 1;
  let before = 0;
  for (const group of groups) {
    const next: (Float64Array | undefined)[] = [];
    for (let have = 0; have < taken.length; have++) {
      const ways = taken[have];
      if (ways === undefined) continue;
      for (let take = 0, choices = 1; take <= group && have + take <= size; take++) {
        const shift = take * (2 * (before - have) + (group - take));
        const target = next[have + take] ?? new Float64Array(width);
        next[have + take] = target;
        for (let u = 0; u + shift < width; u++) {
          const count = ways[u] as number;
          if (count !== 0) target[u + shift] = (target[u + shift] as number) + count * choices;
        }
        choices = (choices * (group - take)) / (take + 1);
      }
    }
    taken = next;
    before += group;
  }
  return taken[size] ?? new Float64Array(width);
}

/** Normal approximation with the variance for ties and a continuity correction of one half. Lehmann, "Nonparametrics" (1975), 1.4. */
function approximateP(u: number, [n, m]: readonly [number, number], groups: readonly number[]): number {
  const total = n + m;
  const ties = groups.reduce((sum, count) => sum + (count ** 3 - count), 0);
  const deviation = Math.sqrt(((n * m) / 12) * (total + 1 - ties / (total * (total - 1))));
  const distance = u - (n * m) / 2;
  const corrected = distance - 0.5 * Math.sign(distance);
  const z = corrected / deviation;
  return Math.min(1, 2 * Math.min(normalCdf(z), normalCdf(-z)));
}

/** The least size of both sides with which 2/C(2n, n), the smallest p there is, is not above alpha; null beyond 10. */
export function sizeForDifference(alpha: number): number | null {
  let choices = 1;
  for (let size = 1; size <= 10; size++) {
    choices = (choices * (2 * size) * (2 * size - 1)) / (size * size);
    // Upstream counts a single value a side as enough for alpha 1 only.
    if ((size === 1 ? 1 : 2 / choices) <= alpha) return size;
  }
  return null;
}
