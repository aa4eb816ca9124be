/** The farm's one event stream of this page: opened while anybody looks, shared by everything on it. */
import type { FarmEvent } from '../../../api/model.ts';
import type { ServerEvent } from '../rules/server-events.ts';
import { type EventStreamDeps, followEventStream, type StreamState } from './event-stream.ts';

export type FarmEventListener = (events: readonly FarmEvent[]) => void;

export interface FarmEvents {
  /** Events come in small batches, in order. Gives the way to stop. */
  subscribe(listener: FarmEventListener): () => void;
  onState(listener: (state: StreamState) => void): () => void;
  state(): StreamState;
}

/** Events are handed on at most this often, since hundreds may come at once. */
const batchMs = 60;
const path = '/api/v1/events?topics=builds,machines,queue,commits,farm';

function parsed(event: ServerEvent): FarmEvent | null {
  try {
    return JSON.parse(event.data) as FarmEvent;
  } catch {
    // One broken event loses its news only; the next refresh brings them.
    return null;
  }
}

export function createFarmEvents(deps: EventStreamDeps): FarmEvents {
  const listeners = new Set<FarmEventListener>();
  const stateListeners = new Set<(state: StreamState) => void>();
  let state: StreamState = { kind: 'connecting' };
  let isStarted = false;
  let batch: FarmEvent[] = [];

  function setState(next: StreamState): void {
    state = next;
    for (const listener of stateListeners) listener(next);
  }

  function flush(): void {
    const events = batch;
    batch = [];
    for (const listener of listeners) listener(events);
  }

  function receive(event: ServerEvent): void {
    const farmEvent = parsed(event);
    if (farmEvent === null) return;
    if (batch.length === 0) deps.clock.after(batchMs, flush);
    batch.push(farmEvent);
  }

  /** Once, for as long as the page lives: it pauses by itself while nobody looks. */
  function start(): void {
    if (isStarted) return;
    isStarted = true;
    followEventStream(deps, {
      path: () => path,
      lastEventId: '',
      onEvent: receive,
      onState: setState,
      signal: new AbortController().signal,
    }).catch(() => undefined);
  }

  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      start();
      return () => listeners.delete(listener);
    },
    onState(listener) {
      stateListeners.add(listener);
      return () => stateListeners.delete(listener);
    },
  };
}
