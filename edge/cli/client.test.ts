import { afterEach, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { createSystemClock } from '../../agent/kit/clock.ts';
import type { FarmError } from '../../agent/wire/farm-error.ts';
import { createFarmClient, type FarmClient } from './client.ts';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A client of a server that answers as told. */
function clientOf(
  answer: (request: Request) => Response | Promise<Response>,
  options: { readonly token?: string; readonly signal?: AbortSignal } = {},
): FarmClient {
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', idleTimeout: 0, fetch: answer });
  stops.push(() => server.stop(true));
  return client(server.url.origin, options);
}

function client(
  url: string,
  options: { readonly token?: string; readonly signal?: AbortSignal } = {},
): FarmClient {
  return createFarmClient(
    {
      fetch: (address, init) => fetch(address, init),
      clock: createSystemClock(),
      randomness: { bytes: (count) => new Uint8Array(count), fraction: () => 0 },
      signal: options.signal ?? new AbortController().signal,
    },
    { url, token: options.token ?? null },
  );
}

const Thing = Type.Object({ name: Type.String() });

async function errorOf(promise: Promise<unknown>): Promise<FarmError> {
  return (await promise.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  )) as FarmError;
}

test('sends the token and the body, and gives the answer its type', async () => {
  const farm = clientOf(
    async (request) => {
      const body = request.method === 'POST' ? ((await request.json()) as { name: string }).name : 'got';
      return Response.json({
        name: `${request.headers.get('authorization')} ${body} ${new URL(request.url).search}`,
      });
    },
    { token: 'secret' },
  );
  expect(await farm.get(Thing, '/x', { a: 'b c', none: undefined })).toEqual({
    name: 'Bearer secret got ?a=b+c',
  });
  expect(await farm.post(Thing, '/x', { name: 'sent' })).toEqual({ name: 'Bearer secret sent ' });
});

test('a problem becomes an error with its code and its words', async () => {
  const problem = {
    type: 'about:blank',
    title: 't',
    status: 409,
    detail: 'It has ended',
    code: 'conflict',
    blame: 'caller',
  };
  const farm = clientOf(() => Response.json(problem, { status: 409 }));
  expect(await errorOf(farm.get(Thing, '/x'))).toMatchObject({ code: 'conflict', message: 'It has ended' });
});

test('an answer that is no problem is told by its status', async () => {
  const farm = clientOf(() => new Response('<html>bad gateway', { status: 502 }));
  expect(await errorOf(farm.get(Thing, '/x'))).toMatchObject({ code: 'connection_lost' });
});

test('an answer of another shape, or no JSON at all, is no farm of ours', async () => {
  const farm = clientOf((request) =>
    request.url.endsWith('/html') ? new Response('<html>') : Response.json({ other: 1 }),
  );
  expect(await errorOf(farm.get(Thing, '/x'))).toMatchObject({ code: 'version_unsupported' });
  expect((await errorOf(farm.get(Thing, '/x'))).message).toContain('/name');
  expect(await errorOf(farm.get(Thing, '/html'))).toMatchObject({ code: 'version_unsupported' });
});

test('nobody there: the message has the address and what to do', async () => {
  const error = await errorOf(client('http://127.0.0.1:1').get(Thing, '/x'));
  expect(error).toMatchObject({ code: 'connection_lost' });
  expect(error.message).toContain('No farm answers at http://127.0.0.1:1; start one with "croft start"');
});

test('pages are read until there are enough or none is left', async () => {
  const farm = clientOf((request) => {
    const from = Number(new URL(request.url).searchParams.get('cursor') ?? 0);
    const items = [0, 1, 2].map((index) => ({ name: String(from + index) }));
    return Response.json({ items, next: from >= 6 ? null : String(from + 3) });
  });
  const names = async (limit: number) =>
    (await Array.fromAsync(farm.pages(Thing, '/x', {}, limit))).map(({ name }) => name);
  expect(await names(4)).toEqual(['0', '1', '2', '3']);
  expect(await names(100)).toHaveLength(9);
});

/** A stream that says `parts` and then breaks or stays open. */
function stream(parts: readonly string[]): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
      controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

test('a broken event stream goes on after the last event that was read', async () => {
  const seen: (string | null)[] = [];
  const farm = clientOf((request) => {
    seen.push(request.headers.get('last-event-id'));
    if (seen.length === 1)
      return stream(['id: 1\ndata: one\n\n', ': comment\n\nid: 2\nda', 'ta: two\n\nid: 3\ndata: torn']);
    if (seen.length === 2) return new Response(null, { status: 503 });
    return stream([`id: 3\ndata: three\n\n`]);
  });
  const got: string[] = [];
  for await (const event of farm.events(() => '/events')) {
    got.push(`${event.id} ${event.data}`);
    if (got.length === 3) break;
  }
  expect(got).toEqual(['1 one', '2 two', '3 three']);
  expect(seen).toEqual([null, '2', '2']);
});

test('a stream that never opened, and one that is refused, is an error at once', async () => {
  const problem = { detail: 'No such build', code: 'not_found' };
  const farm = clientOf(() => Response.json(problem, { status: 404 }));
  expect(await errorOf(Array.fromAsync(farm.events(() => '/events')))).toMatchObject({ code: 'not_found' });
  const nobody = client('http://127.0.0.1:1').events(() => '/events');
  expect(await errorOf(Array.fromAsync(nobody))).toMatchObject({ code: 'connection_lost' });
});

test('a farm that stays away ends the stream after the time that was given', async () => {
  let opened = 0;
  const farm = clientOf(() => {
    opened += 1;
    return opened === 1 ? stream(['data: one\n\n']) : new Response(null, { status: 503 });
  });
  const lost: string[] = [];
  const options = { giveUpMs: 300, onLost: (problem: string) => lost.push(problem) };
  const error = await errorOf(Array.fromAsync(farm.events(() => '/events', options)));
  expect(error).toMatchObject({ code: 'connection_lost' });
  expect(opened).toBeGreaterThan(1);
});

test('Ctrl-C ends a stream that is silent', async () => {
  const stop = new AbortController();
  const farm = clientOf(
    () =>
      new Response(
        new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(':\n\n')) }),
      ),
    { signal: stop.signal },
  );
  const reading = errorOf(Array.fromAsync(farm.events(() => '/events')));
  stop.abort();
  expect(await reading).toMatchObject({ code: 'cancelled' });
});
