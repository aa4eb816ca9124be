/** How long builds take: the newest durations of each builder, and of each repository on it, as distributions to draw from. */
import type { KnownDuration } from './types.ts';

/** A distribution of durations as its quantiles, from 0 to 1 in equal steps. */
export interface Spread {
  readonly builder: string;
  /** How many builds it rests on; 0: it is assumed. */
  readonly count: number;
  readonly quantiles: Float64Array;
}

export interface Durations {
  /** Counts changes. */
  readonly version: number;
  learn(builder: string, repo: string, ranMs: number): void;
  /** Newest last; takes the place of what was known of the builder. */
  replace(builder: string, ran: readonly KnownDuration[]): void;
  /** The median of a builder's newest durations, in ms; null when none is known. */
  usualMs(builder: string): number | null;
  /** Of the repository on the builder when enough is known, else of the builder, else what is assumed. */
  spread(builder: string, repo: string): Spread;
}

interface Recent {
  readonly ranMs: number[];
  spread: Spread | null;
}

interface BuilderDurations {
  readonly all: Recent;
  readonly byRepo: Map<string, Recent>;
}

/** The median that is assumed of a builder of which nothing has finished. */
export const assumedMs = 5 * 60_000;
/** Older durations say little of what the builder does today. */
const keptPerKey = 50;
/** A repository's own durations count from this many on. */
const enoughOfRepo = 5;

export function createDurations(): Durations {
  const builders = new Map<string, BuilderDurations>();
  /** One for each builder of which nothing is known: whoever counts distributions counts by identity. */
  const assumed = new Map<string, Spread>();
  let version = 0;
  function assumedOf(builder: string): Spread {
    const spread = assumed.get(builder) ?? { builder, count: 0, quantiles: assumedQuantiles };
    assumed.set(builder, spread);
    return spread;
  }
  function of(builder: string): BuilderDurations {
    const known = builders.get(builder) ?? { all: createRecent([]), byRepo: new Map() };
    builders.set(builder, known);
    return known;
  }
  return {
    get version() {
      return version;
    },
    learn(builder, repo, ranMs) {
      const known = of(builder);
      const ofRepo = known.byRepo.get(repo) ?? createRecent([]);
      known.byRepo.set(repo, ofRepo);
      addRecent(known.all, ranMs);
      addRecent(ofRepo, ranMs);
      version++;
    },
    replace(builder, ran) {
      const newest = (of: readonly KnownDuration[]) =>
        createRecent(of.slice(-keptPerKey).map(({ ms }) => ms));
      const ofRepos = Map.groupBy(ran, ({ repo }) => repo);
      const byRepo = new Map([...ofRepos].map(([repo, own]) => [repo, newest(own)]));
      builders.set(builder, { all: newest(ran), byRepo });
      version++;
    },
    usualMs(builder) {
      const sorted = [...(builders.get(builder)?.all.ranMs ?? [])].sort((a, b) => a - b);
      return sorted[sorted.length >> 1] ?? null;
    },
    spread(builder, repo) {
      const known = builders.get(builder);
      const ofRepo = known?.byRepo.get(repo);
      const recent = ofRepo && ofRepo.ranMs.length >= enoughOfRepo ? ofRepo : known?.all;
      if (recent === undefined || recent.ranMs.length === 0) return assumedOf(builder);
      recent.spread ??= { builder, count: recent.ranMs.length, quantiles: quantilesOf(recent.ranMs) };
      return recent.spread;
    },
  };
}

function createRecent(ranMs: number[]): Recent {
  return { ranMs, spread: null };
}

function addRecent(recent: Recent, ranMs: number): void {
  recent.ranMs.push(ranMs);
  if (recent.ranMs.length > keptPerKey) recent.ranMs.shift();
  recent.spread = null;
}

const steps = 128;
/** How a duration of which little is known spreads on the logarithmic scale, and how many durations that guess is worth. */
const priorDeviation = 0.5;
const priorWorth = 2;
const assumedQuantiles = quantilesAround([assumedMs], 1);

/**
 * The distribution of the next duration after `n` known ones. Each gap between neighbours, and each end, is as likely as any
 * other (1 / (n + 1)): that holds for any distribution whose draws can be exchanged, so it needs no model. Only how far the
 * ends reach is assumed, from the spread of the logarithms.
 */
function quantilesOf(ranMs: readonly number[]): Float64Array {
  const sorted = ranMs.map((ms) => Math.max(ms, 1)).sort((a, b) => a - b);
  return quantilesAround(sorted, logDeviation(sorted));
}

function quantilesAround(sorted: readonly number[], deviation: number): Float64Array {
  const top = sorted.length - 1;
  const quantiles = new Float64Array(steps + 1);
  for (let step = 0; step <= steps; step++) {
    const place = (step / steps) * (sorted.length + 1) - 1;
    const index = Math.min(Math.floor(place), top);
    const low = sorted[Math.max(index, 0)] as number;
    if (index < 0) quantiles[step] = low * Math.exp(1.5 * deviation * place);
    else if (index === top) quantiles[step] = low * (1 - Math.min(place - top, 0.98)) ** -(deviation / 2);
    else quantiles[step] = low + (place - index) * ((sorted[index + 1] as number) - low);
  }
  return quantiles;
}

function logDeviation(durations: readonly number[]): number {
  const logs = durations.map((ms) => Math.log(ms));
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const squares = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0);
  return Math.sqrt((squares + priorWorth * priorDeviation ** 2) / (logs.length - 1 + priorWorth));
}

/** The duration at `fraction` (in [0, 1)) of the distribution. */
export function durationAt(quantiles: Float64Array, fraction: number): number {
  const place = fraction * (quantiles.length - 1);
  const index = Math.floor(place);
  const low = quantiles[index] as number;
  return low + (place - index) * ((quantiles[index + 1] ?? low) - low);
}

/** What is left, at `fraction` of its distribution, of something that lasts `elapsed` ms already. */
export function remainingAt(quantiles: Float64Array, elapsed: number, fraction: number): number {
  const reached = fractionBelow(quantiles, elapsed);
  // Longer than anything known: the longer it has lasted, the longer it lasts on.
  if (reached >= 1) return elapsed * ((1 - Math.min(fraction, 0.99)) ** -0.5 - 1);
  return Math.max(0, durationAt(quantiles, reached + fraction * (1 - reached)) - elapsed);
}

function fractionBelow(quantiles: Float64Array, ms: number): number {
  let low = 0;
  let high = quantiles.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((quantiles[middle] as number) > ms) high = middle;
    else low = middle + 1;
  }
  if (low === 0) return 0;
  if (low === quantiles.length) return 1;
  const below = quantiles[low - 1] as number;
  return (low - 1 + (ms - below) / ((quantiles[low] as number) - below)) / (quantiles.length - 1);
}
