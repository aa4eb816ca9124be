/** Hooks between the API and components: one resource, its reloading, and what events change of it. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type FarmError, toFarmError } from '../../../../agent/wire/farm-error.ts';
import type { FarmEvent } from '../../../api/model.ts';
import { useDeps } from './deps.ts';

export interface Resource<T> {
  /** The newest answer; kept while it is fetched anew, and when that fails. */
  readonly data: T | null;
  readonly error: FarmError | null;
  readonly reload: () => void;
  /** Puts in what an event told, without asking the server. */
  readonly patch: (change: (data: T) => T) => void;
}

interface Loaded<T> {
  readonly path: string | null;
  readonly data: T | null;
  readonly error: FarmError | null;
}

/** `path` null: nothing to load (yet). A new path forgets the old answer. */
export function useResource<T>(path: string | null): Resource<T> {
  const { api, recent } = useDeps();
  const [loaded, setLoaded] = useState<Loaded<T>>({ path: null, data: null, error: null });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === null) return;
    const request = new AbortController();
    api.get<T>(path, request.signal).then(
      (data) => {
        if (request.signal.aborted) return;
        recent.put(path, data);
        setLoaded({ path, data, error: null });
      },
      (caught: unknown) => {
        if (request.signal.aborted) return;
        const error = toFarmError(caught);
        setLoaded((old) => ({ path, data: old.path === path ? old.data : null, error }));
      },
    );
    return () => request.abort();
  }, [api, recent, path, turn]);
  const reload = useCallback(() => setTurn((old) => old + 1), []);
  const patch = useCallback(
    (change: (data: T) => T) =>
      setLoaded((old) => (old.data === null ? old : { ...old, data: change(old.data) })),
    [],
  );
  useBackAgain(() => {
    if (loaded.error !== null) reload();
  });
  const isCurrent = loaded.path === path;
  const remembered = path === null || isCurrent ? null : (recent.get(path) as T | undefined);
  return {
    data: isCurrent ? loaded.data : (remembered ?? null),
    error: isCurrent ? loaded.error : null,
    reload,
    patch,
  };
}

/** Calls `back` whenever the farm's events come in again after a break. */
export function useBackAgain(back: () => void): void {
  const { events } = useDeps();
  const newest = useRef(back);
  newest.current = back;
  useEffect(() => {
    let wasAway = events.state().kind === 'waiting';
    return events.onState((state) => {
      if (state.kind === 'waiting') wasAway = true;
      if (state.kind !== 'live' || !wasAway) return;
      wasAway = false;
      newest.current();
    });
  }, [events]);
}

/** Calls `listener` with each batch of events; always the newest one given. */
export function useFarmEvents(listener: (events: readonly FarmEvent[]) => void): void {
  const { events } = useDeps();
  const newest = useRef(listener);
  newest.current = listener;
  useEffect(() => events.subscribe((batch) => newest.current(batch)), [events]);
}

/**
 * Reloads when a batch concerns the resource, at most once in `everyMs`, so that a flood of events costs a few requests. After a
 * gap (`reset`) it always does.
 */
export function useReloadOn(
  reload: () => void,
  concerns: (event: FarmEvent) => boolean,
  everyMs = 1_000,
): void {
  const { clock } = useDeps();
  const timer = useRef<{ cancel(): void } | null>(null);
  useFarmEvents((batch) => {
    if (timer.current !== null || !batch.some((event) => event.type === 'reset' || concerns(event))) return;
    timer.current = clock.after(everyMs, () => {
      timer.current = null;
      reload();
    });
  });
  useEffect(() => () => timer.current?.cancel(), []);
}

/** The time, renewed every `everyMs` while the component is shown. */
export function useNow(everyMs: number): number {
  const { clock } = useDeps();
  const [now, setNow] = useState(() => clock.now());
  useEffect(() => {
    let timer = clock.after(everyMs, tick);
    function tick(): void {
      setNow(clock.now());
      timer = clock.after(everyMs, tick);
    }
    return () => timer.cancel();
  }, [clock, everyMs]);
  return now;
}

/** Calls `reload` every `everyMs` while `isOn` and the page is visible. */
export function usePolling(reload: () => void, everyMs: number, isOn: boolean): void {
  const { clock } = useDeps();
  useEffect(() => {
    if (!isOn) return;
    let timer = clock.after(everyMs, tick);
    function tick(): void {
      if (document.visibilityState === 'visible') reload();
      timer = clock.after(everyMs, tick);
    }
    return () => timer.cancel();
  }, [clock, reload, everyMs, isOn]);
}
