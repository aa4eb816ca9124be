/** A server-sent event stream that is kept open: resumed by id, with back-off and jitter between tries. */
import { backoffDelayMs } from '../../agent/kit/backoff.ts';
import type { Clock } from '../../agent/kit/clock.ts';
import type { Randomness } from '../../agent/kit/ids.ts';
import type { FarmError } from '../../agent/wire/farm-error.ts';
import { createServerEventParser, type ServerEvent } from '../pages/app/rules/server-events.ts';
import { bodyOf, type Http, interrupted, timedOut, toConnectionError } from './http.ts';

export interface EventStreamDeps {
  readonly http: Http;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface EventOptions {
  /** How long the farm may be away; 5 minutes by default. */
  readonly giveUpMs?: number;
  /** Told once for each time that the connection is lost. */
  readonly onLost?: (problem: string) => void;
}

/** The farm sends a comment every few seconds, so a stream that is silent for longer is dead. */
const silenceMs = 30_000;
const longestEventChars = 16 * 1024 * 1024;
const reconnect = { firstMs: 250, maxMs: 5_000, factor: 2 };
const defaultGiveUpMs = 300_000;

/**
 * Without an end of its own. A stream that never opened, or that is refused, rejects at once; one that breaks or falls silent
 * is opened again with `Last-Event-ID`. `path` is asked anew for every connection.
 */
export async function* followEvents(
  deps: EventStreamDeps,
  path: () => string,
  options: EventOptions = {},
): AsyncGenerator<ServerEvent> {
  const absence = createAbsence(deps, options);
  let lastEventId = '';
  for (;;) {
    let problem: FarmError | null = null;
    try {
      for await (const event of readOnce(deps, path(), lastEventId, absence.end)) {
        lastEventId = event.id;
        yield event;
      }
    } catch (error) {
      problem = toConnectionError(deps.http.url, error);
    }
    if (deps.signal.aborted) throw interrupted();
    await absence.pause(problem);
  }
}

/** How long the farm has been away, and how long to wait before the next try. */
function createAbsence(deps: EventStreamDeps, options: EventOptions) {
  let everHere = false;
  let tries = 0;
  let since: number | null = null;
  return {
    end(): void {
      everHere = true;
      tries = 0;
      since = null;
    },
    /** Rejects when it is no use to wait. `problem` is null for a stream that ended well, as one does when the farm restarts. */
    async pause(problem: FarmError | null): Promise<void> {
      if (problem !== null && (!everHere || !isTemporary(problem))) throw problem;
      const now = deps.clock.monotonic();
      since ??= now;
      const gone = problem ?? toConnectionError(deps.http.url, null);
      if (now - since > (options.giveUpMs ?? defaultGiveUpMs)) throw gone;
      if (problem !== null && tries === 0) options.onLost?.(problem.message);
      tries += 1;
      const waitMs = 100 + backoffDelayMs(tries, reconnect, deps.randomness);
      await deps.clock.sleep(waitMs, deps.signal).catch(() => {
        throw interrupted();
      });
    },
  };
}

async function* readOnce(
  deps: EventStreamDeps,
  path: string,
  lastEventId: string,
  onOpen: () => void,
): AsyncGenerator<ServerEvent> {
  const silent = new AbortController();
  const arm = () => deps.clock.after(silenceMs, () => silent.abort(timedOut(deps.http.url)));
  let timer = arm();
  try {
    const headers = { accept: 'text/event-stream' };
    const resumed = lastEventId === '' ? headers : { ...headers, 'last-event-id': lastEventId };
    const response = await deps.http.open(path, resumed, AbortSignal.any([deps.signal, silent.signal]));
    onOpen();
    const parser = createServerEventParser(longestEventChars);
    const decoder = new TextDecoder();
    for await (const bytes of bodyOf(response)) {
      timer.cancel();
      timer = arm();
      for (const event of parser.push(decoder.decode(bytes, { stream: true }))) {
        // An event without an id keeps the one that the connection was resumed with.
        yield event.id === '' ? { ...event, id: lastEventId } : event;
      }
    }
  } finally {
    timer.cancel();
  }
}

function isTemporary(error: FarmError): boolean {
  return ['connection_lost', 'timed_out', 'shutting_down', 'too_many'].includes(error.code);
}
