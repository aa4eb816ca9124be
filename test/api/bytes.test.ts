import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Artifact, BuildDetail, LogSearchAnswer, LogWindow } from '../../edge/api/model.ts';
import { type ApiUnderTest, startApi } from './harness.ts';
import { addPastBuild } from './past-build.ts';

const log = Array.from({ length: 500 }, (_, index) => `line ${index + 1} ä\r\n`).join('');
const page = '<script>alert(1)</script>';
let api: ApiUnderTest;
let id: string;
beforeAll(async () => {
  api = await startApi();
  id = (
    await addPastBuild(api, {
      state: 'failed',
      log,
      artifacts: { 'out/report ü.html': page, 'big.bin': 'x'.repeat(100_000) },
    })
  ).id;
});
afterAll(() => api.stop());

const get = (path: string, headers: Record<string, string> = {}) => api.send('GET', path, { headers });
const json = async <T>(path: string) => (await (await get(path)).json()) as T;

describe('the text of a log', () => {
  test('is whole, says how long it is, and can do nothing in a browser', async () => {
    const answer = await get(`/api/v1/builds/${id}/log`);
    expect(await answer.text()).toBe(log);
    const header = (name: string) => answer.headers.get(name);
    expect([header('content-type'), header('content-length'), header('accept-ranges')]).toEqual([
      'text/plain; charset=utf-8',
      String(Buffer.byteLength(log)),
      'bytes',
    ]);
    expect(header('content-security-policy')).toContain('sandbox');
  });

  test('goes on from any offset, and is empty past its end', async () => {
    const bytes = Buffer.from(log);
    for (const offset of [0, 1, 4_000, bytes.length - 1, bytes.length, bytes.length + 50]) {
      const answer = await get(`/api/v1/builds/${id}/log?offset=${offset}`);
      expect([answer.status, Buffer.from(await answer.arrayBuffer())]).toEqual([200, bytes.subarray(offset)]);
    }
  });

  test('comes in ranges', async () => {
    const bytes = Buffer.from(log);
    const part = await get(`/api/v1/builds/${id}/log`, { range: 'bytes=10-19' });
    expect([part.status, part.headers.get('content-range'), Buffer.from(await part.arrayBuffer())]).toEqual([
      206,
      `bytes 10-19/${bytes.length}`,
      bytes.subarray(10, 20),
    ]);
    const rest = await get(`/log/${id}`, { range: 'bytes=-5' });
    expect([rest.status, await rest.text()]).toEqual([206, bytes.subarray(-5).toString()]);
    const past = await get(`/api/v1/builds/${id}/log`, { range: `bytes=${bytes.length}-` });
    expect([past.status, past.headers.get('content-range')]).toEqual([416, `bytes */${bytes.length}`]);
    expect(await past.json()).toMatchObject({ status: 416, field: 'Range' });
  });

  test('is not there for an attempt or a build that never was', async () => {
    expect(await (await get(`/api/v1/builds/${id}/log?attempt=2`)).json()).toMatchObject({
      status: 404,
      field: 'attempt',
    });
    expect(await (await get('/log/bld_none')).json()).toMatchObject({ status: 404, field: 'id' });
  });
});

test('a finished log as a stream ends with the verdict, and its id resumes', async () => {
  const stream = async (headers: Record<string, string>) =>
    await (await get(`/api/v1/builds/${id}/log`, { accept: 'text/event-stream', ...headers })).text();
  const whole = await stream({});
  expect(whole).toContain('event: attempt\ndata: {"type":"attempt","number":1}');
  expect(whole).toContain('event: end\ndata: {"type":"end","state":"failed"}');
  const bytes = Buffer.byteLength(log);
  const rest = await stream({ 'last-event-id': `1.${bytes - 3}` });
  expect(rest.match(/"type":"output".*/)?.[0]).toBe(
    `"type":"output","offset":${bytes - 3},"text":"\ufffd\\r\\n"}`,
  );
});

test('windows, search and problems', async () => {
  const window = await json<LogWindow>(`/api/v1/builds/${id}/log/lines?from=100&count=2`);
  expect(window).toMatchObject({ attempt: 1, state: 'sealed', totalLines: 500 });
  expect(window.lines.map(({ number, text }) => [number, text])).toEqual([
    [100, 'line 100 ä'],
    [101, 'line 101 ä'],
  ]);
  expect((await json<LogWindow>(`/api/v1/builds/${id}/log/lines?last=1`)).lines[0]?.number).toBe(500);
  const found = await json<LogSearchAnswer>(
    `/api/v1/builds/${id}/log/search?q=line%2049%5Cd%20&regex=true&limit=3`,
  );
  expect(found.matches.map(({ line }) => line.number)).toEqual([490, 491, 492]);
  expect(found.next).toBe(493);
  const wrong = await get(`/api/v1/builds/${id}/log/search?q=(&regex=true`);
  expect([wrong.status, ((await wrong.json()) as { field: string }).field]).toEqual([400, 'q']);
  expect((await get(`/api/v1/builds/${id}/log/problems`)).status).toBe(200);
});

describe('artifacts', () => {
  test('are listed with their build, and come as downloads that can not run', async () => {
    const { items } = await json<{ items: Artifact[] }>(`/api/v1/builds/${id}/artifacts`);
    const report = items.find(({ path }) => path === 'out/report ü.html');
    expect((await json<BuildDetail>(`/api/v1/builds/${id}`)).artifacts).toEqual(items);
    const answer = await get(report?.url ?? '');
    expect(await answer.text()).toBe(page);
    const header = (name: string) => answer.headers.get(name);
    expect(header('content-type')).toBe('application/octet-stream');
    expect(header('content-disposition')).toBe(
      `attachment; filename="report__.html"; filename*=UTF-8''report%20%C3%BC.html`,
    );
    expect(header('content-security-policy')).toContain('sandbox');
    expect(header('etag')).toBe(`"${report?.digest}"`);
    const again = await get(report?.url ?? '', { 'if-none-match': header('etag') ?? '' });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  test('one whose bytes are gone is told before the download begins', async () => {
    const { items } = await json<{ items: Artifact[] }>(`/api/v1/builds/${id}/artifacts`);
    const big = items.find(({ path }) => path === 'big.bin');
    expect((await (await get(big?.url ?? '')).arrayBuffer()).byteLength).toBe(100_000);
    const stored = await api.storage.buildStore.artifact(big?.id ?? '');
    await api.storage.blobs.remove(stored?.blobKey ?? '');
    const gone = await get(big?.url ?? '');
    expect([gone.status, ((await gone.json()) as { code: string }).code]).toEqual([410, 'blob_missing']);
  });
});
