/** What every page knows of the farm: its name, its counts, what is wrong with its configuration, and who is looking. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Farm } from '../../../api/model.ts';
import { type Resource, useFarmEvents, usePolling, useReloadOn, useResource } from '../data/resource.ts';

export interface FarmView {
  readonly farm: Farm | null;
  readonly error: Resource<Farm>['error'];
  readonly reload: () => void;
  /** Whether the reader's token may do it. */
  readonly can: (scope: 'build' | 'machines' | 'admin') => boolean;
}

export const FarmContext = createContext<FarmView>({
  farm: null,
  error: null,
  reload: () => undefined,
  can: () => false,
});

export function useFarm(): FarmView {
  return useContext(FarmContext);
}

const refreshMs = 60_000;

/** Loads the farm and keeps it fresh; for the root component. */
export function useFarmView(): FarmView {
  const resource = useResource<Farm>('/api/v1/farm');
  const { patch, reload } = resource;
  useFarmEvents((events) => {
    const queue = events.findLast((event) => event.type === 'queue');
    if (queue === undefined) return;
    patch((farm) => ({
      ...farm,
      counts: { ...farm.counts, waiting: queue.waiting, running: queue.running },
    }));
  });
  useReloadOn(reload, (event) => event.type === 'farm' || event.type === 'machine', 2_000);
  usePolling(reload, refreshMs, true);
  const scopes = resource.data?.you.scopes ?? [];
  return {
    farm: resource.data,
    error: resource.error,
    reload,
    can: (scope) => scopes.includes(scope) || scopes.includes('admin'),
  };
}
