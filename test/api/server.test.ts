import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { silentLog } from '../../agent/kit/log.ts';
import type { Problem } from '../../edge/api/model.ts';
import { pageFile } from '../../edge/pages/page-file.ts';
import { createServer, type RunningServer, type ServerOptions } from '../../edge/server.ts';
import { until } from '../farm/processes.ts';
import { adminToken, type Backend, startBackend } from './backend.ts';
import { addPastBuild } from './past-build.ts';

let backend: Backend;
let server: RunningServer;

function options(change: Partial<ServerOptions> = {}): ServerOptions {
  const { clock, ids } = backend;
  const pages = new Map([
    ['/index.html', pageFile('/index.html', new TextEncoder().encode('<!doctype html><title>Croft</title>'))],
  ]);
  return {
    host: '127.0.0.1',
    port: 0,
    publicUrl: null,
    version: '0',
    environment: 'test',
    startedAt: clock.now(),
    pages,
    clock,
    ids,
    log: silentLog,
    ...change,
  };
}

beforeAll(async () => {
  backend = await startBackend();
  server = await createServer(backend.coordinator, options());
});
afterAll(async () => {
  await server.stop();
  await backend.stop();
});

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`${server.url}${path}`, { ...init, signal: init.signal ?? AbortSignal.timeout(10_000) });
const act = (path: string, body: BodyInit | null, headers: Record<string, string> = {}) =>
  ask(path, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json', ...headers },
  });
const problem = async (answer: Response) => (await answer.json()) as Problem;

describe('headers', () => {
  test('every answer says what a browser may do with it', async () => {
    for (const path of [
      '/',
      '/api/v1/farm',
      '/api/v1/none',
      '/openapi',
      '/openapi.json',
      '/healthz',
      '/api/v1/dial',
      '/log/x',
    ]) {
      const { headers } = await ask(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect([
        path,
        headers.get('x-content-type-options'),
        headers.get('cross-origin-opener-policy'),
      ]).toEqual([path, 'nosniff', 'same-origin']);
      expect(policy).not.toContain('unsafe');
      expect(policy).toContain("default-src '");
    }
    expect((await ask('/')).headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });

  test('dashboards on other servers may read, and nothing identifies but a header', async () => {
    const { headers } = await ask('/api/v1/farm', { headers: { origin: 'https://elsewhere.example' } });
    expect([
      headers.get('access-control-allow-origin'),
      headers.get('access-control-allow-credentials'),
    ]).toEqual(['*', null]);
    const preflight = await ask('/api/v1/builds', { method: 'OPTIONS' });
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'authorization, content-type, last-event-id',
    ]);
    expect((await ask('/')).headers.has('access-control-allow-origin')).toBe(false);
  });

  test('the document has a page of its own that needs no other server', async () => {
    const page = await (await ask('/openapi')).text();
    const linked = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(linked.length).toBeGreaterThan(1);
    for (const path of linked) expect([path, (await ask(path)).status]).toEqual([path, 200]);
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|\son[a-z]+=|<style/);
  });
});

describe('bodies', () => {
  const large = JSON.stringify({ repo: 'x'.repeat(1024 * 1024), commit: 'main', builder: 'local' });

  test('one over the limit is refused, whether or not it says its length', async () => {
    expect(await problem(await act('/api/v1/builds', large))).toMatchObject({ status: 413, field: 'body' });
    const pieces = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(large));
        controller.close();
      },
    });
    expect(await problem(await act('/api/v1/builds', pieces))).toMatchObject({ status: 413, field: 'body' });
    const push = JSON.stringify({ repository: 'repo', commits: ['x'.repeat(2 * 1024 * 1024)] });
    expect((await act('/hooks/git', push)).status).toBe(202);
    expect((await act('/hooks/git', 'x'.repeat(9 * 1024 * 1024))).status).toBe(413);
  });

  test('one without a length is read like any other', async () => {
    const pieces = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"repo":"repo","commit":"main",'));
        controller.enqueue(new TextEncoder().encode('"builder":"local"}'));
        controller.close();
      },
    });
    expect((await act('/api/v1/builds', pieces)).status).toBe(201);
  });

  test('one that does not say that it is JSON is refused, and none at all is fine', async () => {
    const typed = await act('/api/v1/join-tokens', '{"hostType":"local"}', { 'content-type': 'text/plain' });
    expect(await problem(typed)).toMatchObject({ status: 415, field: 'Content-Type' });
    expect((await act('/api/v1/join-tokens', null)).status).toBe(201);
    expect((await act('/hooks/git', null)).status).toBe(202);
  });
});

describe('methods', () => {
  test('HEAD says what GET would, without its body, and ends also for streams', async () => {
    const { id } = await addPastBuild(backend, { log: 'hello\n' });
    const log = await ask(`/api/v1/builds/${id}/log`, { method: 'HEAD' });
    expect([log.status, log.headers.get('content-length'), await log.text()]).toEqual([200, '6', '']);
    const events = await ask('/api/v1/events', { method: 'HEAD' });
    expect([events.headers.get('content-type'), await events.text()]).toEqual([
      'text/event-stream; charset=utf-8',
      '',
    ]);
  });

  test('what acts is refused before anything that was sent is looked at', async () => {
    const answer = await ask('/api/v1/builds', {
      method: 'POST',
      body: '{"repo":5}',
      headers: { 'content-type': 'application/json' },
    });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="croft"']);
  });

  test('the place for agents tells a plain request to upgrade', async () => {
    const answer = await ask('/api/v1/dial');
    expect([answer.status, answer.headers.get('upgrade')]).toEqual([426, 'websocket']);
  });
});

describe('streams', () => {
  test('events come over the wire at once', async () => {
    const leave = new AbortController();
    const answer = await ask('/api/v1/events?topics=builds', { signal: leave.signal });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe(': welcome\n\n');
    await act('/api/v1/builds', '{"repo":"repo","commit":"main","builder":"local"}');
    expect((await reader?.read())?.value).toContain('event: build');
    leave.abort();
  });

  test('stopping ends streams that are open', async () => {
    const other = await createServer(backend.coordinator, options());
    const answer = await fetch(`${other.url}/api/v1/events`);
    const reader = answer.body?.getReader();
    await reader?.read();
    const rest = (async () => {
      for (;;) if ((await reader?.read())?.done !== false) return 'ended';
    })().catch(() => 'broke off');
    await other.stop();
    expect(['ended', 'broke off']).toContain(await rest);
    await expect(fetch(`${other.url}/healthz`)).rejects.toThrow();
  });
});

test('a port that is in use is told in one line with the way out', async () => {
  await expect(createServer(backend.coordinator, options({ port: server.port }))).rejects.toMatchObject({
    code: 'conflict',
    message: `Port ${server.port} of 127.0.0.1 is in use by another program; choose another with --port`,
  });
});

test('without anonymous reading everything but the pages and the health of the process asks who you are', async () => {
  const closed = await startBackend({ anonymousReading: false });
  const shut = await createServer(closed.coordinator, options());
  const { id } = await addPastBuild(closed, { log: 'secret\n', artifacts: { a: 'secret' } });
  const [artifact] = await closed.storage.buildStore.artifacts(id);
  const paths = [
    '/api/v1/farm',
    '/api/v1/events',
    `/api/v1/builds/${id}/log`,
    `/api/v1/artifacts/${artifact?.id}`,
    `/log/${id}`,
    '/?mode=json',
    '/status/reverse.json',
    '/metrics',
    '/api/v1/health/history',
  ];
  for (const path of paths) {
    const answer = await fetch(`${shut.url}${path}`);
    expect([path, answer.status, (await answer.text()).includes('secret')]).toEqual([path, 401, false]);
    const allowed = await fetch(`${shut.url}${path}`, { headers: { authorization: `Bearer ${adminToken}` } });
    expect([path, allowed.status]).toEqual([path, 200]);
    await allowed.body?.cancel();
  }
  expect(await (await fetch(`${shut.url}/healthz`)).json()).toEqual({
    status: expect.any(String),
    ok: expect.any(Boolean),
    checks: [],
  });
  expect((await fetch(shut.url)).status).toBe(200);
  await shut.stop();
  await closed.stop();
});

test('whoever guesses tokens is slowed down, and a token known to be right still works', async () => {
  const own = await createServer(backend.coordinator, options());
  const status = async (token: string) =>
    (await fetch(`${own.url}/api/v1/farm`, { headers: { authorization: `Bearer ${token}` } })).status;
  expect(await status(adminToken)).toBe(200);
  await until('the guesses are too many', async () => (await status('guess')) === 429);
  expect(await status(adminToken)).toBe(200);
  await own.stop();
});

test('the limits of the environment are in force, and told', async () => {
  const limits = { requestBytes: 2_000, eventStreams: 1, diskFreeBytes: 5 };
  const small = await createServer(backend.coordinator, options({ limits, logLevel: 'warn' }));
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
  const farm = await (await fetch(`${small.url}/api/v1/farm`, { headers })).json();
  expect(farm).toMatchObject({ limits, logLevel: 'warn' });
  const body = JSON.stringify({ repo: 'r'.repeat(2_000) });
  const large = await fetch(`${small.url}/api/v1/builds`, { method: 'POST', headers, body });
  expect(large.status).toBe(413);
  const first = await fetch(`${small.url}/api/v1/events`, { headers });
  const second = await fetch(`${small.url}/api/v1/events`, { headers });
  expect([first.status, second.status]).toEqual([200, 429]);
  const metrics = await (await fetch(`${small.url}/metrics`, { headers })).text();
  expect(metrics).toContain('\ncroft_event_stream_readers 1\n');
  await first.body?.cancel();
  await small.stop();
});
