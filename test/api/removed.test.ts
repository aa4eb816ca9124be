/** What retention removed is told as such, everywhere where it was shown. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { BuildDetail, Problem, RetentionAnswer } from '../../edge/api/model.ts';
import { type ApiUnderTest, startApi } from './harness.ts';
import { addPastBuild } from './past-build.ts';

let api: ApiUnderTest;
let id = '';
const at = Date.UTC(2031, 4, 5, 12);
const text = 'was removed by retention on 2031-05-05: logs older than 90d';

beforeAll(async () => {
  api = await startApi();
  const build = await addPastBuild(api, { log: 'one\ntwo\n', artifacts: { 'out/a.txt': 'a' } });
  id = build.id;
  const { store } = api.storage.retention;
  const [attempt] = await api.storage.buildStore.attempts(id);
  const [artifact] = await api.storage.buildStore.artifacts(id);
  const removal = { at, policy: 'logs older than 90d' };
  await store.letGo({ kind: 'logs', ids: [attempt?.id ?? ''], removal });
  await store.letGo({ kind: 'artifacts', ids: [artifact?.id ?? ''], removal });
});
afterAll(() => api.stop());

async function detail(): Promise<BuildDetail> {
  return (await (await api.send('GET', `/api/v1/builds/${id}`)).json()) as BuildDetail;
}

test('the build has its figures, and says what became of its log and its artifact', async () => {
  const build = await detail();
  const removed = { at: '2031-05-05T12:00:00.000Z', policy: 'logs older than 90d' };
  expect(build.state).toBe('passed');
  expect(build.attemptList[0]?.log).toMatchObject({ state: 'missing', bytes: 8, lines: 2, removed });
  expect(build.artifacts).toMatchObject([{ path: 'out/a.txt', bytes: 1, removed }]);
});

test('each way to read them answers 410 and the reason', async () => {
  const [artifact] = (await detail()).artifacts;
  const paths = ['', '/lines', '/search?q=one', '/problems'].map((end) => `/api/v1/builds/${id}/log${end}`);
  for (const path of [...paths, artifact?.url ?? '']) {
    const answer = await api.send('GET', path);
    const problem = (await answer.json()) as Problem;
    expect([path, answer.status, problem.code]).toEqual([path, 410, 'blob_missing']);
    expect(problem.detail).toContain(text);
  }
});

test('a reader that wants it live is told the same instead of waiting for ever', async () => {
  const headers = { accept: 'text/event-stream' };
  const answer = await api.send('GET', `/api/v1/builds/${id}/log`, { headers });
  expect(answer.status).toBe(410);
  const resumed = await api.send('GET', `/api/v1/builds/${id}/log`, {
    headers: { ...headers, 'last-event-id': '1.4' },
  });
  expect(resumed.status).toBe(410);
});

test('what the rules would remove can be asked by readers, and removed by admins only', async () => {
  const preview = await api.send('GET', '/api/v1/retention', { token: null });
  expect((await preview.json()) as RetentionAnswer).toEqual({ rules: [], cut: false });
  expect((await api.send('POST', '/api/v1/retention', { token: null })).status).toBe(401);
  expect((await api.send('POST', '/api/v1/retention')).status).toBe(200);
});
