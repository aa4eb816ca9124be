/** Requests to one farm: the address, the token, time limits, and errors in words. */
import type { Clock } from '../../agent/kit/clock.ts';
import { FarmError, isFarmError } from '../../agent/wire/farm-error.ts';
import { problemToError } from './answers.ts';

export interface HttpDeps {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly clock: Clock;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface HttpTarget {
  readonly url: string;
  /** Sent with every request when there is one. */
  readonly token: string | null;
}

export interface JsonRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  /** Statuses that are read like 200. */
  readonly alsoFine?: readonly number[];
}

/** Every method rejects with a FarmError whose message can be shown as it is. */
export interface Http {
  readonly url: string;
  /** The whole answer as text, within a time limit. */
  text(request: JsonRequest): Promise<string>;
  /** The answer once its head is there; it may take for ever. */
  open(path: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Response>;
}

const answerTimeoutMs = 30_000;

export function createHttp(deps: HttpDeps, { url, token }: HttpTarget): Http {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` };

  async function send(path: string, init: RequestInit, alsoFine: readonly number[] = []): Promise<Response> {
    const response = await deps.fetch(`${url}${path}`, init).catch((error: unknown) => {
      throw toConnectionError(url, error);
    });
    if (response.ok || alsoFine.includes(response.status)) return response;
    throw problemToError(response.status, await response.text(), url);
  }

  return {
    url,
    async text({ method, path, body, alsoFine }) {
      const timeout = new AbortController();
      const timer = deps.clock.after(answerTimeoutMs, () => timeout.abort(timedOut(url)));
      try {
        const signal = AbortSignal.any([deps.signal, timeout.signal]);
        const sent = body === undefined ? {} : { body: JSON.stringify(body) };
        const type = body === undefined ? {} : { 'content-type': 'application/json' };
        const headers = { accept: 'application/json', ...authorization, ...type };
        return await (await send(path, { method, headers, signal, ...sent }, alsoFine)).text();
      } catch (error) {
        throw toConnectionError(url, error);
      } finally {
        timer.cancel();
      }
    },
    async open(path, headers, signal = deps.signal) {
      return await send(path, { headers: { ...headers, ...authorization }, signal });
    },
  };
}

/** The body as it arrives; a reader that stops early closes the connection. */
export async function* bodyOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // An error of a stream that is already broken tells nothing new.
    await reader.cancel().catch(() => undefined);
  }
}

export function timedOut(url: string): FarmError {
  return new FarmError('timed_out', `The farm at ${url} did not answer in time`, { blame: 'outside' });
}

export function interrupted(): FarmError {
  return new FarmError('cancelled', 'Interrupted', { blame: 'caller' });
}

/** What fetch rejects with says little; a person needs the address and what to do. */
export function toConnectionError(url: string, error: unknown): FarmError {
  if (isFarmError(error)) return error;
  if (error instanceof DOMException && error.name === 'AbortError') return interrupted();
  return new FarmError(
    'connection_lost',
    `No farm answers at ${url}; start one with "croft start", or name another with --url or CROFT_URL`,
    { blame: 'outside', cause: error },
  );
}
