import { expect, test } from 'bun:test';
import { pageFile } from './pages/page-file.ts';
import { createPageAnswer } from './static-pages.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const big = 'x'.repeat(5_000);
const answer = createPageAnswer(
  new Map([
    ['/index.html', pageFile('/index.html', bytes('<!doctype html>'))],
    ['/assets/main-1.js', pageFile('/assets/main-1.js', bytes(big))],
  ]),
);
const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  answer(new Request(`http://localhost${path}`, { method, headers }));

test('the page is at the root, files under their names, everything else is not ours', async () => {
  expect(await get('/')?.text()).toBe('<!doctype html>');
  expect(get('/')?.headers.get('cache-control')).toBe('no-cache');
  expect(get('/assets/main-1.js')?.headers.get('cache-control')).toContain('immutable');
  expect(get('/nothing')).toBeNull();
  expect(get('/?mode=json')).toBeNull();
  expect(get('/', {}, 'POST')).toBeNull();
});

test('compressed for who takes it, under a tag of its own', async () => {
  const plain = get('/assets/main-1.js');
  const packed = get('/assets/main-1.js', { 'accept-encoding': 'br, gzip;q=0.8' });
  expect(packed?.headers.get('content-encoding')).toBe('gzip');
  expect(
    new TextDecoder().decode(
      Bun.gunzipSync(new Uint8Array((await packed?.arrayBuffer()) ?? new ArrayBuffer(0))),
    ),
  ).toBe(big);
  expect(packed?.headers.get('etag')).not.toBe(plain?.headers.get('etag') ?? '');
  for (const coding of ['', 'br', 'gzip;q=0', 'gzip; q=0.0', 'x-gzip'])
    expect(get('/assets/main-1.js', { 'accept-encoding': coding })?.headers.has('content-encoding')).toBe(
      false,
    );
  expect(get('/', { 'accept-encoding': 'gzip' })?.headers.has('content-encoding')).toBe(false);
});

test('what the browser has already is not sent again', () => {
  const etag = get('/')?.headers.get('etag') ?? '';
  for (const tags of [etag, `"other", ${etag}`, `W/${etag}`, '*'])
    expect(get('/', { 'if-none-match': tags })?.status).toBe(304);
  expect(get('/', { 'if-none-match': '"other"' })?.status).toBe(200);
});

test('HEAD has the headers and no body', async () => {
  const head = get('/assets/main-1.js', {}, 'HEAD');
  expect([head?.headers.get('content-length'), await head?.text()]).toEqual(['5000', '']);
});
