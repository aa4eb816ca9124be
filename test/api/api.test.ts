import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { AccessToken, Build, BuildDetail, Farm, Grid, Problem, Queue } from '../../edge/api/model.ts';
import { until } from '../farm/processes.ts';
import { type ApiUnderTest, startApi } from './harness.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
  await until(
    'the first commit is found',
    async () => (await json<{ items: Build[] }>('GET', '/api/v1/builds')).items.length > 0,
  );
});
afterAll(() => api.stop());

async function json<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await api.send(method, path, body === undefined ? {} : { body });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

async function problem(
  method: string,
  path: string,
  options: Parameters<ApiUnderTest['send']>[2] = {},
): Promise<Problem> {
  const answer = await api.send(method, path, options);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  const found = (await answer.json()) as Problem;
  expect(found.status).toBe(answer.status);
  return found;
}

const request = { repo: 'repo', commit: 'main', builder: 'local' };

describe('builds', () => {
  test('the same request again makes another build, and both are in the list, newest first', async () => {
    const first = await json<Build>('POST', '/api/v1/builds', request);
    const second = await json<Build>('POST', '/api/v1/builds', request);
    expect(second.id).not.toBe(first.id);
    const { items } = await json<{ items: Build[] }>('GET', '/api/v1/builds?builder=local&state=waiting');
    expect(items.slice(0, 2).map(({ id }) => id)).toEqual([second.id, first.id]);
  });

  test('pages follow each other without gap or double', async () => {
    while ((await json<{ items: Build[] }>('GET', '/api/v1/builds?limit=500')).items.length < 7)
      await json('POST', '/api/v1/builds', request);
    const all = (await json<{ items: Build[] }>('GET', '/api/v1/builds?limit=500')).items.map(({ id }) => id);
    const paged: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const cursor: string = next === '' ? '' : `&cursor=${next}`;
      const page: { items: Build[]; next: string | null } = await json(
        'GET',
        `/api/v1/builds?limit=3${cursor}`,
      );
      paged.push(...page.items.map(({ id }) => id));
      next = page.next;
    }
    expect(paged).toEqual(all);
  });

  test('a waiting build says why and in the queue too, and a cancelled one is no longer there', async () => {
    const { id } = await json<Build>('POST', '/api/v1/builds', request);
    const detail = await json<BuildDetail>('GET', `/api/v1/builds/${id}`);
    expect(detail.why?.blockers.length).toBeGreaterThan(0);
    expect(detail.why?.summary).not.toContain('unknown');
    const queued = (queue: Queue) =>
      queue.items.some(({ build, why }) => build.id === id && why.blockers.length > 0);
    expect(queued(await json<Queue>('GET', '/api/v1/queue?limit=500'))).toBe(true);
    expect(await json<Build>('POST', `/api/v1/builds/${id}/cancel`)).toMatchObject({
      state: 'cancelled',
      cancelRequestedBy: 'admin',
    });
    expect(queued(await json<Queue>('GET', '/api/v1/queue?limit=500'))).toBe(false);
  });

  test('an empty log before the first attempt is empty text, not an error', async () => {
    const { id } = await json<Build>('POST', '/api/v1/builds', request);
    const log = await api.send('GET', `/api/v1/builds/${id}/log`);
    expect([log.status, log.headers.get('content-type'), await log.text()]).toEqual([
      200,
      'text/plain; charset=utf-8',
      '',
    ]);
    expect(await json('GET', `/api/v1/builds/${id}/log/lines`)).toMatchObject({
      state: 'missing',
      lines: [],
    });
  });
});

describe('what is wrong is named', () => {
  test('fields of a body, a query and a path', async () => {
    expect(await problem('POST', '/api/v1/builds', { body: { repo: 'repo', commit: 'main' } })).toMatchObject(
      { status: 400, field: 'builder' },
    );
    const noRepo = await problem('POST', '/api/v1/builds', { body: { ...request, repo: 'none' } });
    expect([noRepo.field, [400, 404].includes(noRepo.status)]).toEqual(['repo', true]);
    expect(
      await problem('POST', '/api/v1/builds', { body: { ...request, commit: 'f'.repeat(40) } }),
    ).toMatchObject({ status: 404, field: 'commit' });
    expect(await problem('GET', '/api/v1/builds?limit=0')).toMatchObject({ status: 400, field: 'limit' });
    const state = await problem('GET', '/api/v1/builds?state=great');
    expect(state).toMatchObject({ status: 400, field: 'state' });
    expect(state.detail).toContain('waiting, running');
    expect(await problem('GET', '/api/v1/builds?cursor=x')).toMatchObject({ status: 400, field: 'cursor' });
    expect(await problem('GET', '/api/v1/builds/bld_none')).toMatchObject({ status: 404, field: 'id' });
  });

  test('malformed JSON, another type, another method, another path', async () => {
    expect(await problem('POST', '/api/v1/builds', { rawBody: '{"repo":' })).toMatchObject({
      status: 400,
      field: 'body',
    });
    for (const rawBody of ['{"hostType":', '\0', '[]', '"x"', 'null', '[{"hostType":"local"}]'])
      expect([rawBody, await problem('POST', '/api/v1/join-tokens', { rawBody })]).toMatchObject([
        rawBody,
        { status: 400, field: 'body' },
      ]);
    const typed = await problem('POST', '/api/v1/builds', {
      rawBody: 'repo=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(typed).toMatchObject({ status: 415, field: 'Content-Type' });
    const answer = await api.send('DELETE', '/api/v1/farm');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET']);
    expect(await problem('GET', '/api/v1/nothing')).toMatchObject({ status: 404 });
  });

  test('a received value is never repeated', async () => {
    const found = await problem('POST', '/api/v1/tokens', { body: { name: 'x', scopes: ['hunter2'] } });
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });
});

describe('access', () => {
  const make = (scopes: string[], more: object = {}) =>
    json<AccessToken & { token: string }>('POST', '/api/v1/tokens', { name: 'robot', scopes, ...more });

  test('nobody acts without a token, and a token acts within its scopes', async () => {
    expect(await problem('POST', '/api/v1/builds', { body: request, token: null })).toMatchObject({
      status: 401,
    });
    expect((await api.send('GET', '/api/v1/farm', { token: null })).status).toBe(200);
    const builder = await make(['build']);
    const asked = await api.send('POST', '/api/v1/builds', { body: request, token: builder.token });
    expect(((await asked.json()) as Build).requestedBy).toBe('robot');
    expect(await problem('POST', '/api/v1/join-tokens', { body: {}, token: builder.token })).toMatchObject({
      status: 403,
    });
    expect(await problem('GET', '/api/v1/tokens', { token: builder.token })).toMatchObject({ status: 403 });
  });

  test('a removed token and a wrong one are refused; tokens are shown once', async () => {
    const token = await make(['read']);
    const { items } = await json<{ items: object[] }>('GET', '/api/v1/tokens');
    expect(JSON.stringify(items)).not.toContain(token.token);
    expect((await api.send('DELETE', `/api/v1/tokens/${token.id}`)).status).toBe(204);
    expect(await problem('GET', '/api/v1/farm', { token: token.token })).toMatchObject({ status: 401 });
    expect(await problem('GET', '/api/v1/farm', { token: 'wrong' })).toMatchObject({ status: 401 });
  });

  test('who asks is told who they are', async () => {
    expect((await json<Farm>('GET', '/api/v1/farm')).you).toMatchObject({ name: 'admin' });
  });
});

describe('hooks and other shapes', () => {
  test('a push hook finds its repository by name, by address, and takes none that is not watched', async () => {
    const hook = (body?: unknown) => api.send('POST', '/hooks/git', body === undefined ? {} : { body });
    expect(await (await hook()).json()).toEqual({ repositories: ['repo'] });
    expect(
      await (await hook({ repository: { clone_url: api.repository.dir, full_name: 'x/y' } })).json(),
    ).toEqual({ repositories: ['repo'] });
    expect((await hook({ repository: 'other' })).status).toBe(400);
  });

  test('the grid has a row a commit and a cell a builder', async () => {
    const grid = await json<Grid>('GET', '/api/v1/grid');
    expect(grid).toMatchObject({ repo: 'repo', branch: 'main', builders: ['local'] });
    expect(grid.commits[0]?.cells).toHaveLength(1);
    expect((await json<Grid>('GET', '/api/v1/grid?builder=none&builder=x*')).builders).toEqual([]);
  });

  test('the document names every operation once, with its summary', async () => {
    const document = await json<{
      paths: Record<string, Record<string, { operationId?: string; summary?: string }>>;
    }>('GET', '/openapi.json');
    const operations = Object.values(document.paths).flatMap((item) => Object.values(item));
    expect(operations.length).toBeGreaterThan(25);
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(operations.every(({ summary }) => summary !== undefined)).toBe(true);
  });

  test('both configuration files have a schema', async () => {
    for (const name of ['farm', 'croft'])
      expect(await json('GET', `/schema/${name}.json`)).toMatchObject({ type: 'object' });
  });
});

test('places for streams are bounded, and each that ends gives its place back', async () => {
  const { streams, feed } = api.context;
  const stop = new AbortController();
  const open = (path: string) =>
    api.send('GET', path, { headers: { accept: 'text/event-stream' }, signal: stop.signal });
  const { id } = await json<Build>('POST', '/api/v1/builds', request);
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      open(index % 2 === 0 ? '/api/v1/events' : `/api/v1/builds/${id}/log`),
    ),
  );
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  const refused = await open('/api/v1/events');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5']);
  stop.abort(new Error('The readers left'));
  expect([streams.taken, feed.readers]).toEqual([0, 0]);
});

describe('events', () => {
  async function read(
    path: string,
    headers: Record<string, string>,
    enough: (text: string) => boolean,
  ): Promise<string> {
    const stop = new AbortController();
    const answer = await api.send('GET', path, {
      headers: { accept: 'text/event-stream', ...headers },
      signal: stop.signal,
    });
    let text = '';
    const decoder = new TextDecoder();
    for await (const bytes of answer.body ?? []) {
      text += decoder.decode(bytes);
      if (enough(text)) break;
    }
    stop.abort();
    return text;
  }

  test('a change is told live, resumed by id, and a stale id is told to start over', async () => {
    const live = read('/api/v1/events?topics=builds', {}, (text) => text.includes('event: build'));
    await until('the reader is there', async () => {
      await json('POST', '/api/v1/builds', request);
      return true;
    });
    const text = await live;
    const id = text.match(/id: (\S+)/)?.[1] ?? '';
    const again = read('/api/v1/events', { 'last-event-id': id }, (found) => found.includes('event: build'));
    await json('POST', '/api/v1/builds', request);
    expect(await again).not.toContain('event: reset');
    expect(
      await read('/api/v1/events', { 'last-event-id': 'old.5' }, (found) => found.includes('event:')),
    ).toContain('event: reset');
    expect(await problem('GET', '/api/v1/events?topics=weather')).toMatchObject({
      status: 400,
      field: 'topics',
    });
  });

  test('the live log of a build that is cancelled before it runs ends with the verdict', async () => {
    const { id } = await json<Build>('POST', '/api/v1/builds', request);
    const live = read(`/api/v1/builds/${id}/log`, {}, (text) => text.includes('event: end'));
    await json('POST', `/api/v1/builds/${id}/cancel`);
    expect(await live).toContain('"state":"cancelled"');
  });
});
