/** The expected start of a queued task, and what it rests on. */
import type { Correction } from './correction.ts';
import { assumedMs } from './durations.ts';
import { type Forecast, rawWaitAt } from './forecast.ts';
import type { Why } from './types.ts';
import { count, list, span } from './words.ts';

export type ExpectedStart = NonNullable<Why['expectedStart']>;

/** A claim takes its time too: no estimate is more exact than this. */
export const claimMs = 1000;

/** Null when no machine that could serve the task is there. */
export function expectedStartAt(
  forecast: Forecast,
  correction: Correction,
  rank: number,
  now: number,
): ExpectedStart | null {
  const task = forecast.ranking.tasks[rank];
  const raw = rawWaitAt(forecast, rank, now);
  if (task === undefined || !Number.isFinite(raw.middle)) return null;
  const high = Number.isFinite(raw.high) ? raw.high : raw.middle;
  const wait = high === 0 ? raw : correction.apply(task.hostType, task.class, { ...raw, high });
  const notBefore = Math.max(now, task.notBefore);
  const at = (ms: number): number => Math.max(notBefore, Math.round(now + ms));
  return {
    earliest: at(wait.low),
    likely: at(wait.middle),
    latest: Math.max(at(wait.high), at(wait.middle) + claimMs),
  };
}

/** "Rests on 12 earlier builds of linux-amd64", or what was assumed. */
export function basisOf(
  forecast: Forecast,
  rank: number,
  expected: ExpectedStart | null,
  now: number,
): string {
  if (expected === null) return 'No machine that could serve it is ready';
  if (expected.latest - now <= claimMs) return 'A slot is free';
  const seen = forecast.spreadsBefore(rank);
  const parts: string[] = [];
  const known = seen.filter((spread) => spread.count > 0).sort((a, b) => b.count - a.count);
  if (known.length > 0) {
    parts.push(list(known.map((spread) => `${count(spread.count, 'earlier build')} of ${spread.builder}`)));
  }
  const names = [...new Set(seen.filter((spread) => spread.count === 0).map((spread) => spread.builder))];
  if (names.length > 0)
    parts.push(`${span(assumedMs)} assumed for ${list(names)}, of which no build has finished`);
  return parts.length === 0 ? 'A slot is free once it may start' : `Rests on ${parts.join('; ')}`;
}
