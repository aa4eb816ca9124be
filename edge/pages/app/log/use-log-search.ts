import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type FarmError, toFarmError } from '../../../../agent/wire/farm-error.ts';
import type { LogSearchAnswer } from '../../../api/model.ts';
import { pathWith } from '../data/api.ts';
import { useDeps } from '../data/deps.ts';
import { findNext, findPrevious, type SearchFrom } from './log-search.ts';
import { compileTerms, type SearchTerms } from './match-ranges.ts';

export interface LogSearchState {
  readonly terms: SearchTerms;
  readonly setTerms: (terms: SearchTerms) => void;
  readonly pattern: RegExp | null;
  /** "37 matches", "more than 2000 matches", "no match", or what is wrong; empty without a query. */
  readonly said: string;
  readonly isBusy: boolean;
  readonly error: FarmError | null;
  readonly find: (direction: 'next' | 'previous', line: number) => void;
}

/** Matches counted; a log may have millions. */
const countLimit = 2_000;

const noTerms: SearchTerms = { query: '', isRegex: false, ignoreCase: true };

/** Goes round at the ends, and says so. */
async function findAround(
  ask: SearchFrom,
  direction: 'next' | 'previous',
  line: number,
  lastLine: number,
): Promise<{ readonly line: number | null; readonly note: string }> {
  const isNext = direction === 'next';
  const near = await (isNext ? findNext(ask, line) : findPrevious(ask, line));
  if (near !== null) return { line: near.line.number, note: '' };
  const far = await (isNext ? findNext(ask, 1) : findPrevious(ask, lastLine + 1));
  if (far === null) return { line: null, note: '' };
  return { line: far.line.number, note: isNext ? 'from the start again' : 'from the end again' };
}

/** `currentLine` is asked when a search begins; a new query looks from there on. */
export function useLogSearch(
  place: { readonly buildId: string; readonly attempt: number; readonly lastLine: number },
  currentLine: () => number,
  onFound: (line: number) => void,
): LogSearchState {
  const { api } = useDeps();
  const [terms, setTerms] = useState(noTerms);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<FarmError | null>(null);
  const [note, setNote] = useState('');
  const running = useRef<AbortController | null>(null);
  const { buildId, attempt } = place;

  const search = useCallback(
    (signal: AbortSignal): SearchFrom =>
      (from, limit) =>
        api.get<LogSearchAnswer>(
          pathWith(`/api/v1/builds/${buildId}/log/search`, {
            q: terms.query,
            regex: terms.isRegex,
            ignoreCase: terms.ignoreCase,
            from,
            limit,
            attempt,
          }),
          signal,
        ),
    [api, buildId, attempt, terms],
  );
  const count = useMatchCount(search, terms, setError);

  function find(direction: 'next' | 'previous', line: number): void {
    running.current?.abort();
    setNote('');
    setBusy(terms.query !== '');
    if (terms.query === '') return;
    const mine = new AbortController();
    running.current = mine;
    findAround(search(mine.signal), direction, line, place.lastLine)
      .then((found) => {
        if (mine.signal.aborted) return;
        setNote(found.note);
        if (found.line !== null) onFound(found.line);
      })
      .catch((caught: unknown) => {
        if (!mine.signal.aborted) setError(toFarmError(caught));
      })
      .finally(() => {
        if (!mine.signal.aborted) setBusy(false);
      });
  }
  const begin = useRef(find);
  begin.current = find;
  const startLine = useRef(currentLine);
  startLine.current = currentLine;
  // A new query begins a search, nothing else does.
  useEffect(() => begin.current('next', startLine.current()), [terms]);
  useEffect(() => () => running.current?.abort(), []);
  const pattern = useMemo(() => compileTerms(terms), [terms]);
  const said = error?.message ?? [count, note].filter((part) => part !== '').join(', ');
  return { terms, setTerms, pattern, said, isBusy, error, find };
}

/** Counts matches in the background, up to a limit. */
function useMatchCount(
  search: (signal: AbortSignal) => SearchFrom,
  terms: SearchTerms,
  setError: (error: FarmError | null) => void,
): string {
  const [said, setSaid] = useState('');
  useEffect(() => {
    setSaid('');
    setError(null);
    if (terms.query === '') return;
    const mine = new AbortController();
    countMatches(search(mine.signal)).then(
      (text) => !mine.signal.aborted && setSaid(text),
      (caught: unknown) => !mine.signal.aborted && setError(toFarmError(caught)),
    );
    return () => mine.abort();
  }, [search, terms, setError]);
  return said;
}

async function countMatches(search: SearchFrom): Promise<string> {
  let count = 0;
  for (let from: number | null = 1; from !== null; ) {
    const answer: LogSearchAnswer = await search(from, 500);
    count += answer.matches.length;
    from = answer.next !== null && answer.next > from ? answer.next : null;
    if (count >= countLimit && from !== null) return `more than ${countLimit} matches`;
  }
  if (count === 0) return 'no match';
  return count === 1 ? '1 match' : `${count} matches`;
}
