import { expect, test } from 'bun:test';
import { createManualClock } from '../../../../agent/kit/manual-clock.ts';
import type { FarmEvent } from '../../../api/model.ts';
import { followEventStream, type StreamState } from './event-stream.ts';
import { createFarmEvents } from './farm-events.ts';
import { createVisibility } from './visibility.ts';

interface Connection {
  readonly path: string;
  readonly lastEventId: string;
  readonly signal: AbortSignal;
  send(text: string): void;
  close(): void;
}

/** Somebody always looks. */
const alwaysSeen = { untilSeen: () => Promise.resolve(), hidden: () => new AbortController().signal };
const randomness = { bytes: (count: number) => new Uint8Array(count), fraction: () => 1 };

/** A server that can be talked through; `refuse` makes the next connections fail. */
function createServer() {
  const connections: Connection[] = [];
  const server = { connections, refuse: false };
  const api = {
    async open(path: string, options: { accept: string; lastEventId: string; signal: AbortSignal }) {
      if (server.refuse) throw new Error('no route');
      const { writable, readable: body } = new TransformStream<Uint8Array, Uint8Array>();
      const control = writable.getWriter();
      const signal = options.signal;
      signal.addEventListener('abort', () => control.abort(signal.reason), { once: true });
      connections.push({
        path,
        lastEventId: options.lastEventId,
        signal,
        send: (text) => void control.write(new TextEncoder().encode(text)),
        close: () => void control.close(),
      });
      return new Response(body);
    },
  };
  return { server, api };
}

/** Streams hand on in tasks, not only in microtasks. */
async function settle(): Promise<void> {
  for (let round = 0; round < 6; round++) await new Promise((resolve) => setImmediate(resolve));
}

function follow(server: ReturnType<typeof createServer>, isOver?: () => boolean) {
  const clock = createManualClock();
  const stop = new AbortController();
  const seen: string[] = [];
  const states: StreamState[] = [];
  const done = followEventStream(
    { api: server.api, clock, randomness, visibility: alwaysSeen },
    {
      path: () => '/events',
      lastEventId: '',
      onEvent: (event) => seen.push(event.data),
      onState: (state) => states.push(state),
      signal: stop.signal,
      ...(isOver === undefined ? {} : { isOver }),
    },
  );
  return { clock, stop, seen, states, done };
}

test('goes on where it broke off', async () => {
  const farm = createServer();
  const { clock, seen, stop, done } = follow(farm);
  await settle();
  farm.server.connections[0]?.send('id: 7\ndata: one\n\n');
  await settle();
  farm.server.connections[0]?.close();
  await settle();
  await clock.advance(2_000);
  await settle();
  expect(farm.server.connections[1]?.lastEventId).toBe('7');
  farm.server.connections[1]?.send('id: 8\ndata: two\n\n');
  await settle();
  expect(seen).toEqual(['one', 'two']);
  stop.abort();
  await done;
});

test('waits longer after each failure, and says when it tries again', async () => {
  const farm = createServer();
  farm.server.refuse = true;
  const { clock, states, stop, done } = follow(farm);
  const waits: number[] = [];
  for (let round = 0; round < 7; round++) {
    await settle();
    const newest = states.at(-1);
    if (newest?.kind !== 'waiting') throw new Error('It should wait');
    waits.push(newest.retryAt - clock.now());
    await clock.advance(newest.retryAt - clock.now());
  }
  expect(waits).toEqual([1_250, 2_250, 4_250, 8_250, 16_250, 30_250, 30_250]);
  farm.server.refuse = false;
  await clock.advance(40_000);
  await settle();
  expect(states.at(-1)?.kind).toBe('live');
  stop.abort();
  await done;
});

test('a peer that falls silent is given up', async () => {
  const farm = createServer();
  const { clock, states, stop, done } = follow(farm);
  await settle();
  await clock.advance(30_000);
  farm.server.connections[0]?.send(': still here\n\n');
  await settle();
  await clock.advance(30_000);
  await settle();
  expect(states.at(-1)?.kind).toBe('live');
  await clock.advance(20_000);
  await settle();
  expect(farm.server.connections[0]?.signal.aborted).toBe(true);
  expect(states.some((state) => state.kind === 'waiting')).toBe(true);
  expect(farm.server.connections).toHaveLength(2);
  stop.abort();
  await done;
});

test('a stream that said all is not opened again', async () => {
  const farm = createServer();
  const { seen, done } = follow(farm, () => seen.includes('end'));
  await settle();
  farm.server.connections[0]?.send('data: end\n\n');
  await settle();
  farm.server.connections[0]?.close();
  await done;
  expect(farm.server.connections).toHaveLength(1);
});

function farmEvents() {
  const farm = createServer();
  const clock = createManualClock();
  let isSeen = true;
  let tell = (): void => undefined;
  const visibility = createVisibility({
    clock,
    isSeen: () => isSeen,
    onChange: (listener) => (tell = listener),
  });
  const events = createFarmEvents({ api: farm.api, clock, randomness, visibility });
  function look(isLooking: boolean): void {
    isSeen = isLooking;
    tell();
  }
  const batches: (readonly FarmEvent[])[] = [];
  events.subscribe((batch) => batches.push(batch));
  return { farm, clock, look, batches };
}

test('many events come as one batch, broken ones not at all', async () => {
  const { farm, clock, batches } = farmEvents();
  await settle();
  const event = (id: number): string => `id: ${id}\ndata: {"type":"queue","waiting":${id},"running":0}\n\n`;
  farm.server.connections[0]?.send(`${event(1)}data: {broken\n\n${event(2)}`);
  await settle();
  await clock.advance(100);
  expect(batches.map((batch) => batch.map((one) => (one.type === 'queue' ? one.waiting : 0)))).toEqual([
    [1, 2],
  ]);
});

test('a hidden page gives its connection back and resumes when it is looked at', async () => {
  const { farm, clock, look } = farmEvents();
  await settle();
  farm.server.connections[0]?.send('id: 9\ndata: {"type":"reset"}\n\n');
  await settle();
  look(false);
  await clock.advance(5_000);
  expect(farm.server.connections[0]?.signal.aborted).toBe(false);
  await clock.advance(20_000);
  expect(farm.server.connections[0]?.signal.aborted).toBe(true);
  await settle();
  look(true);
  await settle();
  expect(farm.server.connections).toHaveLength(2);
  expect(farm.server.connections[1]?.lastEventId).toBe('9');
});
