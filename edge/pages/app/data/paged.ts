/** Cursor pages of the API as one list that grows downwards. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type FarmError, toFarmError } from '../../../../agent/wire/farm-error.ts';
import { useDeps } from './deps.ts';
import { fetchPages, joined, type Page, type Pages, withCursor } from './fetch-pages.ts';
import { useBackAgain } from './resource.ts';

export interface Paged<T, P> {
  readonly items: readonly T[] | null;
  /** The newest first page, for what stands in it beside the items. */
  readonly first: P | null;
  readonly error: FarmError | null;
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly loadMore: () => void;
  /** Fetches again as much as is shown; the old list stays until it is there. */
  readonly reload: () => void;
  readonly patch: (change: (items: readonly T[]) => readonly T[]) => void;
}

interface State<T, P> {
  readonly path: string;
  readonly pages: Pages<T, P> | null;
  readonly error: FarmError | null;
}

/** A list longer than this is asked to be narrowed instead of kept in memory. */
export const pagedLimit = 5_000;

/** `path` is without a cursor; `keyOf` tells items apart, and is the same function every time. */
export function usePaged<T, P extends Page<T>>(path: string, keyOf: (item: T) => string): Paged<T, P> {
  const { api } = useDeps();
  const [state, setState] = useState<State<T, P>>({ path, pages: null, error: null });
  const pages = state.path === path ? state.pages : null;
  const error = state.path === path ? state.error : null;
  const shown = useRef(0);
  shown.current = pages?.items.length ?? 0;
  const take = useCallback((fresh: Pages<T, P>) => setState({ path, pages: fresh, error: null }), [path]);
  const fail = useCallback(
    (caught: unknown) =>
      setState((old) => ({ path, pages: old.path === path ? old.pages : null, error: toFarmError(caught) })),
    [path],
  );
  const { isLoading, run } = useOneRequest(take, fail);
  const reload = useCallback(
    () => run((signal) => fetchPages<T, P>(api, path, { least: shown.current, keyOf, signal })),
    [run, api, path, keyOf],
  );
  useEffect(reload, [reload]);
  useBackAgain(() => {
    if (error !== null) reload();
  });
  function loadMore(): void {
    const cursor = pages?.next ?? null;
    if (pages === null || cursor === null || isLoading || error !== null) return;
    run(async (signal) => {
      const page = await api.get<P>(withCursor(path, cursor), signal);
      return { ...pages, items: joined(pages.items, page.items, keyOf), next: page.next };
    });
  }
  const patch = useCallback((change: (items: readonly T[]) => readonly T[]) => {
    setState((old) =>
      old.pages === null ? old : { ...old, pages: { ...old.pages, items: change(old.pages.items) } },
    );
  }, []);
  const hasMore = pages !== null && pages.next !== null && pages.items.length < pagedLimit;
  return {
    items: pages?.items ?? null,
    first: pages?.first ?? null,
    error,
    hasMore,
    isLoading,
    loadMore,
    reload,
    patch,
  };
}

/** At most one request: a new one gives up the one before, and leaving the page gives up the last. */
function useOneRequest<R>(take: (answer: R) => void, fail: (caught: unknown) => void) {
  const [isLoading, setLoading] = useState(false);
  const running = useRef<AbortController | null>(null);
  const run = useCallback(
    (ask: (signal: AbortSignal) => Promise<R>) => {
      running.current?.abort();
      const mine = new AbortController();
      running.current = mine;
      setLoading(true);
      const ifMine =
        <V>(use: (value: V) => void) =>
        (value: V): void => {
          if (mine.signal.aborted) return;
          setLoading(false);
          use(value);
        };
      ask(mine.signal).then(ifMine(take), ifMine(fail));
    },
    [take, fail],
  );
  useEffect(() => () => running.current?.abort(), []);
  return { isLoading, run };
}
