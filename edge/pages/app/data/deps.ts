/** What every component may need, made once in `main.tsx` and handed down by context. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Clock } from '../../../../agent/kit/clock.ts';
import type { Randomness } from '../../../../agent/kit/ids.ts';
import type { Api } from './api.ts';
import type { FarmEvents } from './farm-events.ts';
import type { Session } from './session.ts';
import type { Visibility } from './visibility.ts';

export interface Deps {
  readonly api: Api;
  readonly events: FarmEvents;
  readonly session: Session;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly visibility: Visibility;
  /** The newest answers by path, so that going back shows something at once. Bounded. */
  readonly recent: Recent;
}

export interface Recent {
  get(key: string): unknown;
  put(key: string, value: unknown): void;
}

export function createRecent(limit: number): Recent {
  const values = new Map<string, unknown>();
  return {
    get: (key) => values.get(key),
    put(key, value) {
      values.delete(key);
      values.set(key, value);
      for (const oldest of values.keys()) {
        if (values.size <= limit) break;
        values.delete(oldest);
      }
    },
  };
}

export const DepsContext = createContext<Deps | null>(null);

export function useDeps(): Deps {
  const deps = useContext(DepsContext);
  if (deps === null) throw new Error('No Deps above this component');
  return deps;
}
