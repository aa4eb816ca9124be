/** Where a search matches in the text that is shown, and how that cuts the coloured runs. */
import type { StyledRun } from './styled-line.ts';

export interface SearchTerms {
  readonly query: string;
  readonly isRegex: boolean;
  readonly ignoreCase: boolean;
}

export interface TextRange {
  readonly from: number;
  readonly to: number;
}

/** Matches marked in one line; more would not be seen. */
const markedPerLine = 200;

/** Null for an expression that this browser cannot read; the server has the last word on it. */
export function compileTerms(terms: SearchTerms): RegExp | null {
  const source = terms.isRegex ? terms.query : terms.query.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  try {
    return source === '' ? null : new RegExp(source, terms.ignoreCase ? 'giu' : 'gu');
  } catch {
    return null;
  }
}

export function matchRanges(text: string, pattern: RegExp | null): readonly TextRange[] {
  if (pattern === null) return [];
  const ranges: TextRange[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    if (match[0] === '') pattern.lastIndex++;
    else ranges.push({ from: match.index, to: match.index + match[0].length });
    if (ranges.length >= markedPerLine) break;
  }
  return ranges;
}

export interface MarkedRun extends StyledRun {
  readonly isMatch: boolean;
}

/** Cuts runs at the borders of ranges (ordered, apart). The text stays the same. */
export function markRuns(runs: readonly StyledRun[], ranges: readonly TextRange[]): readonly MarkedRun[] {
  const marked: MarkedRun[] = [];
  let start = 0;
  let next = 0;
  for (const run of runs) {
    const end = start + run.text.length;
    let at = start;
    while (at < end) {
      while ((ranges[next]?.to ?? Number.POSITIVE_INFINITY) <= at) next++;
      const range = ranges[next];
      const isMatch = range !== undefined && range.from <= at;
      const cut = range === undefined ? end : Math.min(end, isMatch ? range.to : range.from);
      marked.push({ ...run, text: run.text.slice(at - start, cut - start), isMatch });
      at = cut;
    }
    start = end;
  }
  return marked;
}
