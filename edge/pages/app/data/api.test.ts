import { expect, test } from 'bun:test';
import { createApi, pathWith } from './api.ts';

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

function apiAnswering(answer: () => Response, token: string | null = null, baseUrl = '') {
  const sent: Sent[] = [];
  const api = createApi({
    baseUrl,
    token: () => token,
    fetch: async (url, init) => {
      sent.push({ url, init });
      return answer();
    },
  });
  return { api, sent };
}

async function errorOf(promise: Promise<unknown>) {
  return await promise.then(
    () => null,
    (caught: unknown) => caught,
  );
}

test('a query leaves out what is not there, and repeats lists', () => {
  expect(pathWith('/x', { a: null, b: '', c: 0, d: false, e: ['1', '', '2'] })).toBe(
    '/x?c=0&d=false&e=1&e=2',
  );
  expect(pathWith('/x', { a: undefined })).toBe('/x');
  expect(pathWith('/x', { q: 'a&b=c' })).toBe('/x?q=a%26b%3Dc');
});

test('the token goes into a header, never into an address', async () => {
  const { api, sent } = apiAnswering(() => Response.json({}), 'secret', 'https://farm.example.org');
  await api.get('/api/v1/farm');
  expect(sent[0]?.url).toBe('https://farm.example.org/api/v1/farm');
  expect(new Headers(sent[0]?.init.headers).get('Authorization')).toBe('Bearer secret');
  expect(sent[0]?.init.credentials).toBe('omit');
});

test('a problem keeps its code, its words and its field', async () => {
  const problem = {
    title: 't',
    detail: 'repo: unknown',
    code: 'not_found',
    blame: 'caller',
    field: 'repo',
    status: 404,
  };
  const { api } = apiAnswering(() => Response.json(problem, { status: 404 }));
  expect(await errorOf(api.get('/x'))).toMatchObject({
    code: 'not_found',
    message: 'repo: unknown',
    details: { status: 404, field: 'repo' },
  });
});

test('a code that this page does not know yet is still an error', async () => {
  const { api } = apiAnswering(() =>
    Response.json({ detail: 'd', code: 'brand_new', blame: 'farm' }, { status: 500 }),
  );
  expect(await errorOf(api.post('/x'))).toMatchObject({ code: 'internal', message: 'd' });
});

test('a proxy that answers in its own words is told by its status', async () => {
  const { api } = apiAnswering(
    () => new Response('<h1>Bad gateway</h1>', { status: 502, statusText: 'Bad Gateway' }),
  );
  expect(await errorOf(api.get('/x'))).toMatchObject({
    code: 'connection_lost',
    message: 'The farm answered 502 Bad Gateway',
  });
});

test('a farm that cannot be reached is no defect of the page', async () => {
  const api = createApi({
    baseUrl: '',
    token: () => null,
    fetch: () => Promise.reject(new TypeError('Failed')),
  });
  expect(await errorOf(api.get('/x'))).toMatchObject({ code: 'connection_lost', blame: 'outside' });
});

test('an unhealthy farm is an answer, not a failure', async () => {
  const { api } = apiAnswering(() => Response.json({ ok: false, checks: [] }, { status: 503 }));
  expect(await api.get<unknown>('/healthz')).toEqual({ ok: false, checks: [] });
});

test('a request that was given up rejects with the reason', async () => {
  const stop = new AbortController();
  const api = createApi({
    baseUrl: '',
    token: () => null,
    fetch: async (_, init) => {
      init.signal?.throwIfAborted();
      return new Response();
    },
  });
  const reason = new Error('left the page');
  stop.abort(reason);
  expect(await errorOf(api.get('/x', stop.signal))).toBe(reason);
});

test('no content is undefined', async () => {
  const { api } = apiAnswering(() => new Response(null, { status: 204 }));
  expect(await api.remove('/x')).toBeUndefined();
});
