/** The public REST API as the pages use it. Every failure is a FarmError, so that one component can show them all. */
import { type ErrorCode, errorCodes, FarmError } from '../../../../agent/wire/farm-error.ts';
import type { Problem } from '../../../api/model.ts';

export type Query = Readonly<
  Record<string, string | number | boolean | null | undefined | readonly string[]>
>;

export interface Api {
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
  remove(path: string): Promise<void>;
  /** An open answer whose body is read piece by piece; rejects unless the status is 200. */
  open(
    path: string,
    options: { accept: string; lastEventId: string; signal: AbortSignal },
  ): Promise<Response>;
  /** Whole address of a resource, for links. */
  address(path: string): string;
}

export interface ApiDeps {
  /** Empty: where the pages stand. */
  readonly baseUrl: string;
  readonly fetch: (input: string, init: RequestInit) => Promise<Response>;
  readonly token: () => string | null;
}

export function pathWith(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === '') continue;
    if (typeof value === 'object')
      for (const one of value.filter((each) => each !== '')) search.append(name, one);
    else search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_input',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'too_large',
  429: 'too_many',
};

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'detail' in value && 'code' in value;
}

/** What an answer that is no success says. Anything but problem+json comes from a proxy in between. */
async function errorOf(response: Response): Promise<FarmError> {
  const text = await response.text();
  const problem = parsedJson(text);
  if (!isProblem(problem)) {
    const code = codeOfStatus[response.status] ?? 'connection_lost';
    return new FarmError(code, `The farm answered ${response.status} ${response.statusText}`.trim(), {
      blame: response.status >= 500 ? 'farm' : 'caller',
      details: { status: response.status },
    });
  }
  const code = problem.code in errorCodes ? (problem.code as ErrorCode) : 'internal';
  return new FarmError(code, problem.detail || problem.title, {
    blame: problem.blame,
    details: { status: response.status, ...(problem.field === undefined ? {} : { field: problem.field }) },
  });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export function createApi(deps: ApiDeps): Api {
  const address = (path: string): string => (/^https?:/.test(path) ? path : `${deps.baseUrl}${path}`);

  async function send(
    path: string,
    init: RequestInit & { headers?: Record<string, string> },
  ): Promise<Response> {
    const token = deps.token();
    const headers = { ...init.headers, ...(token === null ? {} : { Authorization: `Bearer ${token}` }) };
    try {
      return await deps.fetch(address(path), { ...init, headers, credentials: 'omit', cache: 'no-cache' });
    } catch (cause) {
      if (init.signal?.aborted) throw init.signal.reason;
      throw new FarmError('connection_lost', 'The farm cannot be reached', {
        blame: 'outside',
        retry: 'same',
        cause,
      });
    }
  }

  async function json<T>(response: Response): Promise<T> {
    if (!response.ok) throw await errorOf(response);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  return {
    address,
    async get<T>(path: string, signal?: AbortSignal) {
      const response = await send(path, {
        headers: { Accept: 'application/json' },
        ...(signal === undefined ? {} : { signal }),
      });
      // A farm that is not healthy says so with 503 and the same body.
      if (path === '/healthz' && response.status === 503) return (await response.json()) as T;
      return await json<T>(response);
    },
    async post<T>(path: string, body?: unknown) {
      const headers = { Accept: 'application/json', 'Content-Type': 'application/json' };
      return await json<T>(await send(path, { method: 'POST', headers, body: JSON.stringify(body ?? {}) }));
    },
    async remove(path) {
      await json<undefined>(await send(path, { method: 'DELETE', headers: { Accept: 'application/json' } }));
    },
    async open(path, options) {
      const resume = options.lastEventId === '' ? {} : { 'Last-Event-ID': options.lastEventId };
      const response = await send(path, {
        headers: { Accept: options.accept, ...resume },
        signal: options.signal,
      });
      if (!response.ok || response.body === null) throw await errorOf(response);
      return response;
    },
  };
}
