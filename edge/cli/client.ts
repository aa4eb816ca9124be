import { type Static, type TSchema, Type } from '@sinclair/typebox';
import type { Randomness } from '../../agent/kit/ids.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { ServerEvent } from '../pages/app/rules/server-events.ts';
import { readAnswer } from './answers.ts';
import { type EventOptions, followEvents } from './event-stream.ts';
import { bodyOf, createHttp, type Http, type HttpDeps, type HttpTarget, toConnectionError } from './http.ts';

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
  /** Server-sent events over any number of connections; see `followEvents`. */
  events(path: () => string, options?: EventOptions): AsyncIterable<ServerEvent>;
  /** The items of all pages from the first on, at most `limit`. */
  pages<S extends TSchema>(item: S, path: string, query: Query, limit: number): AsyncIterable<Static<S>>;
}

export interface ClientDeps extends HttpDeps {
  readonly randomness: Randomness;
}

const itemsOfOnePage = 100;

export function createFarmClient(deps: ClientDeps, target: HttpTarget): FarmClient {
  const http = createHttp(deps, target);
  const read = <S extends TSchema>(schema: S, text: string) => {
    return readAnswer(schema, parseJson(text, http.url), http.url);
  };
  const client: FarmClient = {
    url: http.url,
    async get(schema, path, query = {}, alsoFine = []) {
      return read(schema, await http.text({ method: 'GET', path: withQuery(path, query), alsoFine }));
    },
    async post(schema, path, body) {
      return read(schema, await http.text({ method: 'POST', path, body }));
    },
    async remove(path) {
      await http.text({ method: 'DELETE', path });
    },
    download: (path, query = {}) => download(http, withQuery(path, query)),
    events: (path, options) => followEvents({ ...deps, http }, path, options),
    pages: (item, path, query, limit) => pages(client, item, path, query, limit),
  };
  return client;
}

async function* download(http: Http, path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* bodyOf(await http.open(path, { accept: '*/*' }));
  } catch (error) {
    throw toConnectionError(http.url, error);
  }
}

async function* pages<S extends TSchema>(
  client: FarmClient,
  item: S,
  path: string,
  query: Query,
  limit: number,
): AsyncGenerator<Static<S>> {
  const page = Type.Object({ items: Type.Array(item), next: Type.Union([Type.String(), Type.Null()]) });
  let cursor: string | undefined;
  for (let left = limit; left > 0; ) {
    const { items, next } = await client.get(page, path, {
      ...query,
      limit: Math.min(left, itemsOfOnePage),
      cursor,
    });
    yield* items.slice(0, left);
    left -= items.length;
    if (next === null || items.length === 0) return;
    cursor = next;
  }
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
