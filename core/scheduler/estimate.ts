/** The expected start of a queued task, and what it rests on. */
import { assumedMs, type Spread } from './durations.ts';
import type { Forecast } from './forecast.ts';
import type { Why } from './types.ts';
import { count, list, span } from './words.ts';

export type ExpectedStart = NonNullable<Why['expectedStart']>;

/** A claim takes its time too: no estimate is more exact than this. */
const claimMs = 1000;

export function expectedStartAt(forecast: Forecast, rank: number, now: number): ExpectedStart | null {
  const at = (probability: number): number => Math.max(now, Math.round(forecast.startAt(rank, probability)));
  const likely = at(0.5);
  if (!Number.isFinite(likely)) return null;
  const latest = at(0.9);
  return {
    earliest: at(0.1),
    likely,
    latest: Math.max(Number.isFinite(latest) ? latest : likely, likely + claimMs),
  };
}

/** "Rests on 12 earlier builds of linux-amd64", or what was assumed. */
export function basisOf(forecast: Forecast, rank: number): string {
  const { scene } = forecast;
  const busy = scene.slots.flatMap((slot) => slot.running?.spread ?? []);
  const ahead = scene.spreads.slice(0, rank);
  const seen = [...new Set<Spread>([...busy, ...ahead])];
  if (scene.slots.length > busy.length && rank === 0) return 'A slot is free';
  const parts: string[] = [];
  const known = seen.filter((spread) => spread.count > 0).sort((a, b) => b.count - a.count);
  if (known.length > 0) {
    parts.push(list(known.map((spread) => `${count(spread.count, 'earlier build')} of ${spread.builder}`)));
  }
  const names = [...new Set(seen.filter((spread) => spread.count === 0).map((spread) => spread.builder))];
  if (names.length > 0)
    parts.push(`${span(assumedMs)} assumed for ${list(names)}, of which no build has finished`);
  return parts.length === 0 ? 'No duration is known' : `Rests on ${parts.join('; ')}`;
}
