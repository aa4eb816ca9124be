/** Cursor pages of the API as one list that grows downwards. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type FarmError, toFarmError } from '../../../../agent/wire/farm-error.ts';
import { useDeps } from './deps.ts';
import { useBackAgain } from './resource.ts';

export interface Paged<T, P> {
  readonly items: readonly T[] | null;
  /** The newest first page, for what stands in it beside the items. */
  readonly first: P | null;
  readonly error: FarmError | null;
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly loadMore: () => void;
  /** Fetches again what is shown, from the start; the old list stays until it is there. */
  readonly reload: () => void;
  readonly patch: (change: (items: readonly T[]) => readonly T[]) => void;
}

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

interface State<T, P> {
  readonly path: string;
  readonly items: readonly T[] | null;
  readonly first: P | null;
  readonly next: string | null;
  readonly error: FarmError | null;
}

/** A list longer than this is asked to be narrowed instead of kept in memory. */
export const pagedLimit = 5_000;

/** `path` without its cursor. A page that was cut by `pagedLimit` says that there is no more. */
export function usePaged<T, P extends Page<T>>(path: string): Paged<T, P> {
  const { api } = useDeps();
  const empty: State<T, P> = { path, items: null, first: null, next: null, error: null };
  const [state, setState] = useState<State<T, P>>(empty);
  const [isLoading, setLoading] = useState(false);
  const request = useRef<AbortController | null>(null);
  const current = state.path === path ? state : empty;

  const load = useCallback(
    (cursor: string | null) => {
      request.current?.abort();
      const mine = new AbortController();
      request.current = mine;
      setLoading(true);
      const separator = path.includes('?') ? '&' : '?';
      const from = cursor === null ? path : `${path}${separator}cursor=${encodeURIComponent(cursor)}`;
      api
        .get<P>(from, mine.signal)
        .then(
          (page) => {
            if (!mine.signal.aborted) setState((old) => withPage(old, path, cursor, page));
          },
          (caught: unknown) => {
            if (mine.signal.aborted) return;
            const error = toFarmError(caught);
            setState((old) => (old.path === path ? { ...old, error } : { ...empty, path, error }));
          },
        )
        .finally(() => !mine.signal.aborted && setLoading(false))
        .catch(() => undefined);
    },
    [api, path],
  );
  useEffect(() => {
    load(null);
    return () => request.current?.abort();
  }, [load]);
  useBackAgain(() => {
    if (current.error !== null) load(null);
  });
  return {
    items: current.items,
    first: current.first,
    error: current.error,
    hasMore: current.next !== null && (current.items?.length ?? 0) < pagedLimit,
    isLoading,
    loadMore: () => !isLoading && current.error === null && current.next !== null && load(current.next),
    reload: useCallback(() => load(null), [load]),
    patch: useCallback((change) => {
      setState((old) => (old.items === null ? old : { ...old, items: change(old.items) }));
    }, []),
  };
}

function withPage<T, P extends Page<T>>(
  old: State<T, P>,
  path: string,
  cursor: string | null,
  page: P,
): State<T, P> {
  if (cursor === null || old.path !== path || old.items === null) {
    return { path, items: page.items, first: page, next: page.next, error: null };
  }
  return { ...old, items: [...old.items, ...page.items], next: page.next, error: null };
}
