import { expect, test } from 'bun:test';
import { gunzipSync } from 'node:zlib';
import { compressed } from './compressed.ts';

const asks = (encoding: string) =>
  new Request('http://localhost/', { headers: { 'accept-encoding': encoding } });
const long = { items: Array.from({ length: 200 }, (_, i) => ({ name: `machine-${i}` })) };

test('JSON of some size is compressed for who takes it, and says what it depends on', async () => {
  const answer = await compressed(asks('br, gzip;q=0.8'), Response.json(long, { status: 201 }));
  expect([answer.status, answer.headers.get('content-encoding')]).toEqual([201, 'gzip']);
  expect(answer.headers.get('vary')).toContain('accept-encoding');
  expect(JSON.parse(gunzipSync(await answer.bytes()).toString())).toEqual(long);
});

test('whatever is small, asked for without gzip, or no JSON stays as it is', async () => {
  for (const [request, given] of [
    [asks('gzip'), Response.json({ small: true })],
    [asks('identity, gzip;q=0'), Response.json(long)],
    [asks('gzip'), new Response('x'.repeat(5_000), { headers: { 'content-type': 'text/plain' } })],
    [asks('gzip'), new Response(null, { status: 204 })],
    [asks('gzip'), Response.json(long, { headers: { 'content-disposition': 'attachment' } })],
  ] as const) {
    const before = await given.clone().text();
    const answer = await compressed(request, given);
    expect(answer.headers.has('content-encoding')).toBe(false);
    expect(await answer.text()).toBe(before);
  }
});
