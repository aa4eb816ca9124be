import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { backoffDelayMs } from '../../agent/kit/backoff.ts';
import type { Clock } from '../../agent/kit/clock.ts';
import type { Randomness } from '../../agent/kit/ids.ts';
import { FarmError, isFarmError } from '../../agent/wire/farm-error.ts';
import { createServerEventParser, type ServerEvent } from '../pages/app/rules/server-events.ts';
import { problemToError, readAnswer } from './answers.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The REST API of one farm. Every method rejects with a FarmError whose message can be shown as it is. */
export interface FarmClient {
  readonly url: string;
  /** An answer with a status of `alsoFine` is read like one of 200. */
  get<S extends TSchema>(
    schema: S,
    path: string,
    query?: Query,
    alsoFine?: readonly number[],
  ): Promise<Static<S>>;
  post<S extends TSchema>(schema: S, path: string, body?: unknown): Promise<Static<S>>;
  remove(path: string): Promise<void>;
  /** The body as it arrives. */
  download(path: string, query?: Query): AsyncIterable<Uint8Array>;
  /**
   * Server-sent events, without an end of its own: a connection that breaks or falls silent is made again with
   * `Last-Event-ID`, until the farm has been away for `giveUpMs`. `path` is asked anew for every connection.
   */
  events(path: () => string, options?: EventOptions): AsyncIterable<ServerEvent>;
  /** The items of all pages from the first on, at most `limit`. */
  pages<S extends TSchema>(item: S, path: string, query: Query, limit: number): AsyncIterable<Static<S>>;
}

export interface EventOptions {
  readonly lastEventId?: string;
  readonly giveUpMs?: number;
  readonly onLost?: (problem: string) => void;
}

export interface ClientDeps {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
  readonly randomness: Randomness;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

const answerTimeoutMs = 30_000;
/** The farm sends a comment every few seconds, so a stream that is silent for longer is dead. */
const silenceMs = 30_000;
const longestEventChars = 16 * 1024 * 1024;
const reconnect = { firstMs: 250, maxMs: 5_000, factor: 2 };

/** `token` is sent with every request when there is one. */
export function createFarmClient(
  deps: ClientDeps,
  options: { readonly url: string; readonly token: string | null },
): FarmClient {
  const { url } = options;
  const authorization = options.token === null ? {} : { authorization: `Bearer ${options.token}` };

  async function send(path: string, init: RequestInit, alsoFine: readonly number[] = []): Promise<Response> {
    const response = await deps.fetch(`${url}${path}`, init).catch((error: unknown) => {
      throw connectionError(url, error);
    });
    if (response.ok || alsoFine.includes(response.status)) return response;
    throw problemToError(response.status, await response.text(), url);
  }

  async function request(
    method: string,
    path: string,
    body?: unknown,
    alsoFine?: readonly number[],
  ): Promise<string> {
    const timeout = new AbortController();
    const timer = deps.clock.after(answerTimeoutMs, () => timeout.abort(timedOut(url)));
    try {
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const headers = { accept: 'application/json', ...authorization, ...type };
      const signal = AbortSignal.any([deps.signal, timeout.signal]);
      const response = await send(path, { method, headers, signal, ...sent }, alsoFine);
      return await response.text();
    } catch (error) {
      throw connectionError(url, error);
    } finally {
      timer.cancel();
    }
  }

  async function* connection(
    path: string,
    lastEventId: string | null,
    onOpen: () => void,
  ): AsyncGenerator<ServerEvent> {
    const silent = new AbortController();
    const arm = () => deps.clock.after(silenceMs, () => silent.abort(timedOut(url)));
    let timer = arm();
    try {
      const headers = { accept: 'text/event-stream', ...authorization };
      const response = await send(path, {
        headers: lastEventId === null ? headers : { ...headers, 'last-event-id': lastEventId },
        signal: AbortSignal.any([deps.signal, silent.signal]),
      });
      onOpen();
      const parser = createServerEventParser(longestEventChars);
      const decoder = new TextDecoder();
      for await (const bytes of bodyOf(response)) {
        timer.cancel();
        timer = arm();
        for (const event of parser.push(decoder.decode(bytes, { stream: true }))) {
          yield event.id === '' ? { ...event, id: lastEventId ?? '' } : event;
        }
      }
    } finally {
      timer.cancel();
    }
  }

  async function* events(path: () => string, stream: EventOptions = {}): AsyncGenerator<ServerEvent> {
    let lastEventId = stream.lastEventId ?? null;
    let everOpen = false;
    let attempt = 0;
    let awaySince: number | null = null;
    for (;;) {
      let problem: FarmError | null = null;
      try {
        for await (const event of connection(path(), lastEventId, onOpen)) {
          if (event.id !== '') lastEventId = event.id;
          yield event;
        }
      } catch (error) {
        problem = connectionError(url, error);
      }
      if (deps.signal.aborted) throw cancelled();
      if (problem !== null && (!everOpen || !isTemporary(problem))) throw problem;
      const now = deps.clock.monotonic();
      awaySince ??= now;
      if (now - awaySince > (stream.giveUpMs ?? 300_000)) throw problem ?? connectionError(url, null);
      if (problem !== null && attempt === 0) stream.onLost?.(problem.message);
      attempt += 1;
      await deps.clock
        .sleep(100 + backoffDelayMs(attempt, reconnect, deps.randomness), deps.signal)
        .catch(() => {
          throw cancelled();
        });
    }

    function onOpen(): void {
      everOpen = true;
      attempt = 0;
      awaySince = null;
    }
  }

  return {
    url,
    async get(schema, path, query = {}, alsoFine = []) {
      const text = await request('GET', withQuery(path, query), undefined, alsoFine);
      return readAnswer(schema, parseJson(text, url), url);
    },
    async post(schema, path, body) {
      return readAnswer(schema, parseJson(await request('POST', path, body), url), url);
    },
    async remove(path) {
      await request('DELETE', path);
    },
    async *download(path, query = {}) {
      const init = { headers: { accept: '*/*', ...authorization }, signal: deps.signal };
      try {
        yield* bodyOf(await send(withQuery(path, query), init));
      } catch (error) {
        throw connectionError(url, error);
      }
    },
    events,
    async *pages(item, path, query, limit) {
      const page = Type.Object({
        items: Type.Array(item),
        next: Type.Union([Type.String(), Type.Null()]),
      });
      let cursor: string | undefined;
      for (let left = limit; left > 0; ) {
        const asked = { ...query, limit: Math.min(left, 100), cursor };
        const text = await request('GET', withQuery(path, asked));
        const { items, next } = readAnswer(page, parseJson(text, url), url);
        yield* items.slice(0, left);
        left -= items.length;
        if (next === null || items.length === 0) return;
        cursor = next;
      }
    },
  };
}

/** `path?a=1&b=2`, without the parameters that are undefined. */
export function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Also when the reader of this generator stops early; an error of a stream that is already broken tells nothing new.
    await reader.cancel().catch(() => undefined);
  }
}

function parseJson(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FarmError('version_unsupported', `${url} answers, but it is no Croft: its answer is not JSON`, {
      blame: 'outside',
      cause: error,
    });
  }
}

function isTemporary(error: FarmError): boolean {
  return ['connection_lost', 'timed_out', 'shutting_down', 'too_many'].includes(error.code);
}

function timedOut(url: string): FarmError {
  return new FarmError('timed_out', `The farm at ${url} did not answer in time`, { blame: 'outside' });
}

function cancelled(): FarmError {
  return new FarmError('cancelled', 'Interrupted', { blame: 'caller' });
}

/** What fetch rejects with says little; a person needs the address and what to do. */
function connectionError(url: string, error: unknown): FarmError {
  if (isFarmError(error)) return error;
  if (error instanceof DOMException && error.name === 'AbortError') return cancelled();
  return new FarmError(
    'connection_lost',
    `No farm answers at ${url}; start one with "croft start", or name another with --url or CROFT_URL`,
    { blame: 'outside', cause: error },
  );
}
