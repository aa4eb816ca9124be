/**
 * Search through a log of any length: literally, or with regular expressions that can not run away (`regex/syntax.ts`).
 *
 * A search sees each line's text as it is given in a window, cut at the same limit, without escape sequences. `from` and `to` of a
 * match are places in `line.text` as given, so a match may have escape sequences inside. Each line is told once, with its first
 * match. A literal query that ignores case, and the expressions, know the cases of single letters of any script.
 */
import type { Clock } from '../../agent/kit/clock.ts';
import { type Breather, createBreather } from './breather.ts';
import { eachKept } from './escape-sequences.ts';
import { createFinder, type Finder } from './finder.ts';
import { logLimits } from './limits.ts';
import { lineBatches } from './line-batches.ts';
import { type LineHit, lineHits } from './line-hits.ts';
import { decodeText } from './line-text.ts';
import { type LogSource, lineCount } from './log-source.ts';
import type { LogMatch, LogSearch, LogSearchResult } from './types.ts';
import { lineOf } from './windows.ts';

export interface SearchDeps {
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  /** After this long a page ends, with the matches so far and where to go on. */
  readonly pageMs: number;
}

export async function searchLog(
  deps: SearchDeps,
  source: LogSource,
  search: LogSearch,
  signal?: AbortSignal,
): Promise<LogSearchResult> {
  const finder = createFinder(search);
  const breather = createBreather(deps.clock);
  const matches: LogMatch[] = [];
  const total = lineCount(source);
  const limit = Math.min(Math.max(1, search.limit), logLimits.matches);
  const fromLine = Math.max(1, search.fromLine);
  let left: number = logLimits.windowBytes;
  if (fromLine > total) return { matches, next: null };
  for await (const batch of lineBatches(source, fromLine)) {
    for (const found of lineHits(batch, finder)) {
      signal?.throwIfAborted();
      if ('pausedIn' in found) {
        await breather.pause();
        const isOver = breather.elapsedMs() >= deps.pageMs && found.pausedIn > fromLine;
        if (isOver) return { matches, next: found.pausedIn };
        continue;
      }
      const match = await matchIn(source, found, finder, breather);
      if (match === null) continue;
      matches.push(match);
      left -= match.line.text.length;
      const isFull = matches.length >= limit || left <= 0 || breather.elapsedMs() >= deps.pageMs;
      if (isFull) return { matches, next: lineAfter(match.line.number, total) };
    }
    signal?.throwIfAborted();
    const next = batch.line + batch.lines;
    if (breather.elapsedMs() >= deps.pageMs) return { matches, next: lineAfter(next - 1, total) };
    await breather.pause();
  }
  return { matches, next: null };
}

function lineAfter(line: number, total: number): number | null {
  return line < total ? line + 1 : null;
}

async function matchIn(
  source: LogSource,
  { raw, text }: LineHit,
  finder: Finder,
  breather: Breather,
): Promise<LogMatch | null> {
  const steps = finder.within(text);
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) await breather.pause();
  if (step.value === null) return null;
  const line = lineOf(source, raw);
  return { line, ...placesIn(line.text, text, step.value) };
}

/** From bytes of the search text to places in the text with its escape sequences. */
function placesIn(
  text: string,
  searched: Uint8Array,
  match: { readonly from: number; readonly to: number },
): { readonly from: number; readonly to: number } {
  const first = decodeText(searched.subarray(0, match.from)).length;
  const length = decodeText(searched.subarray(match.from, match.to)).length;
  if (!text.includes('\u001b')) return { from: first, to: first + length };
  return { from: placeOf(text, first, false), to: placeOf(text, first + length, length > 0) };
}

/** Where unit `wanted` of the kept text stands; `isEnd`: right after the unit before it. */
function placeOf(text: string, wanted: number, isEnd: boolean): number {
  let passed = 0;
  let place: number | null = null;
  eachKept(text, (from, to) => {
    const isInside = isEnd ? wanted <= passed + to - from : wanted < passed + to - from;
    if (place === null && isInside) place = from + wanted - passed;
    passed += to - from;
  });
  return place ?? text.length;
}
