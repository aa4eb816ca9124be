/** The API searches forwards; these walk both ways with it. */
import type { LogSearchAnswer } from '../../../api/model.ts';

export type LogMatch = LogSearchAnswer['matches'][number];

/** Asks the server for matches from a line on, in line order. */
export type SearchFrom = (from: number, limit: number) => Promise<LogSearchAnswer>;

/** First match at or after `from`; null when there is none. The server may answer nothing but where to go on. */
export async function findNext(search: SearchFrom, from: number): Promise<LogMatch | null> {
  for (let at: number | null = from; at !== null; ) {
    const answer: LogSearchAnswer = await search(at, 1);
    const match = answer.matches[0];
    if (match !== undefined) return match;
    at = answer.next !== null && answer.next > at ? answer.next : null;
  }
  return null;
}

async function lastBetween(search: SearchFrom, from: number, before: number): Promise<LogMatch | null> {
  let found: LogMatch | null = null;
  for (let at: number | null = from; at !== null && at < before; ) {
    const answer: LogSearchAnswer = await search(at, 500);
    for (const match of answer.matches) {
      if (match.line.number >= before) return found;
      found = match;
    }
    at = answer.next !== null && answer.next > at ? answer.next : null;
  }
  return found;
}

/** Last match before a line: blocks of growing size backwards, so that a near match is cheap and a far one is not dear. */
export async function findPrevious(search: SearchFrom, before: number): Promise<LogMatch | null> {
  let end = before;
  for (let block = 2_000; end > 1; block *= 4) {
    const from = Math.max(1, end - block);
    const match = await lastBetween(search, from, end);
    if (match !== null) return match;
    end = from;
  }
  return null;
}
