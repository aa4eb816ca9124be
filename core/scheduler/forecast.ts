/**
 * When waiting work should start: many possible futures of its host type are played (`scenario.ts`) and the starts of each task
 * sorted. All tasks of a host type share one forecast, which is kept until the host type changes or a second has passed.
 */
import type { Wait } from './correction.ts';
import type { Spread } from './durations.ts';
import { createSequence, hashText } from './random.ts';
import { createRankings, type Ranking } from './ranking.ts';
import { playScenario } from './scenario.ts';
import { createScene, type Scene } from './scene.ts';
import type { FarmState, Host } from './state.ts';

export interface Forecast {
  /** The moment for which it was made. */
  readonly at: number;
  readonly ranking: Ranking;
  readonly scene: Scene;
  /** The start (wall clock) of the task at a rank that comes true with this probability; infinite: not within sight. */
  startAt(rank: number, probability: number): number;
  /** The likely start of every task, by rank. */
  likelyStarts(): Float64Array;
  /** The distributions that decide when the task at a rank starts: of what runs, and of what goes before it. */
  spreadsBefore(rank: number): readonly Spread[];
}

export interface Forecaster {
  ranking(host: Host, now: number): Ranking;
  forecast(host: Host, now: number): Forecast;
}

/** An estimate holds for a second. */
const stepMs = 1000;
/** How many task starts one forecast may cost, which bounds it to some ten ms. */
const budget = 120_000;
const scenarios = { fewest: 24, most: 128 } as const;

export function createForecaster(state: FarmState): Forecaster {
  const ranking = createRankings();
  const kept = new Map<Host, { readonly key: string; readonly forecast: Forecast }>();
  return {
    ranking,
    forecast(host, now) {
      const at = Math.max(host.changedAt, Math.floor(now / stepMs) * stepMs);
      const key = `${host.version} ${state.durations.version} ${at}`;
      const last = kept.get(host);
      if (last?.key === key) return last.forecast;
      const forecast = createForecast(state, host, ranking(host, at), at);
      kept.set(host, { key, forecast });
      return forecast;
    },
  };
}

function createForecast(state: FarmState, host: Host, ranking: Ranking, at: number): Forecast {
  const scene = createScene(host, ranking.tasks, state.durations, at);
  const size = ranking.tasks.length;
  const wanted = Math.round(budget / (size + scene.slots.length + 1));
  const runs = Math.min(scenarios.most, Math.max(scenarios.fewest, wanted));
  const starts = new Float64Array(size * runs).fill(Number.POSITIVE_INFINITY);
  for (let run = 0; run < runs; run++) {
    const random = createSequence(hashText(host.name) + run * 7919);
    playScenario(scene, random, (task, time) => {
      starts[task * runs + run] = time;
    });
  }
  const sorted = new Uint8Array(size);
  const firstRanks = firstRankOfSpreads(scene);
  let likely: Float64Array | null = null;
  function startAt(rank: number, probability: number): number {
    const own = starts.subarray(rank * runs, (rank + 1) * runs);
    if (sorted[rank] === 0) own.sort();
    sorted[rank] = 1;
    const place = Math.min(Math.max(probability * runs - 0.5, 0), runs - 1);
    const low = own[Math.floor(place)] as number;
    const high = own[Math.ceil(place)] as number;
    return Number.isFinite(high) ? low + (place - Math.floor(place)) * (high - low) : high;
  }
  return {
    at,
    ranking,
    scene,
    startAt,
    likelyStarts() {
      likely ??= Float64Array.from(ranking.tasks, (_, rank) => startAt(rank, 0.5));
      return likely;
    },
    spreadsBefore: (rank) => [...firstRanks].flatMap(([spread, first]) => (first < rank ? spread : [])),
  };
}

/** The rank from which on each distribution matters; −1 for those of what runs. */
function firstRankOfSpreads(scene: Scene): ReadonlyMap<Spread, number> {
  const ranks = new Map<Spread, number>();
  for (const { running } of scene.slots) if (running !== null) ranks.set(running.spread, -1);
  for (const [rank, spread] of scene.spreads.entries()) if (!ranks.has(spread)) ranks.set(spread, rank);
  return ranks;
}

/** What the forecast says by itself of how long the task at a rank waits on. */
export function rawWaitAt(forecast: Forecast, rank: number, now: number): Wait {
  const after = (probability: number): number => Math.max(0, forecast.startAt(rank, probability) - now);
  return { low: after(0.1), middle: after(0.5), high: after(0.9) };
}
