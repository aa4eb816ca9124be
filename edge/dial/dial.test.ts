import { afterEach, expect, test } from 'bun:test';
import type { Server } from 'bun';
import { silentLog } from '../../agent/kit/log.ts';
import { limits } from '../../agent/wire/limits.ts';
import type { Transport } from '../../agent/wire/transport.ts';
import { createDial, type DialDeps, type Dialed } from './dial.ts';

const servers: Server<Dialed>[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(true);
});

/** A server with nothing but the dial, and the transports that were accepted. */
function serve(accept: DialDeps['accept']) {
  const dial = createDial({ accept, log: silentLog });
  const heard = Promise.withResolvers<void>();
  const server = Bun.serve<Dialed>({
    port: 0,
    reusePort: false,
    fetch(request, running) {
      const refused = dial.upgrade(request, running);
      return refused === null ? undefined : new Response(refused.error.message, { status: refused.status });
    },
    websocket: {
      ...dial.websocket,
      message(socket, message) {
        dial.websocket.message?.(socket, message);
        heard.resolve();
      },
    },
  });
  servers.push(server);
  return {
    heard: heard.promise,
    url: `ws://localhost:${server.port}`,
    http: `http://localhost:${server.port}`,
  };
}

interface Collected {
  readonly transport: Transport;
  readonly messages: Uint8Array[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  drained: Promise<void>;
}

function collect(transport: Transport): Collected {
  const messages: Uint8Array[] = [];
  const closed = Promise.withResolvers<{ readonly code: number; readonly reason: string }>();
  let drain = Promise.withResolvers<void>();
  const collected: Collected = {
    transport,
    messages,
    closed: closed.promise,
    get drained() {
      return drain.promise;
    },
  };
  transport.start({
    onMessage: (bytes) => messages.push(bytes),
    onClose: closed.resolve,
    onDrain() {
      drain.resolve();
      drain = Promise.withResolvers<void>();
    },
  });
  return collected;
}

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', reject, { once: true });
  });
  return socket;
}

function closeOf(socket: WebSocket): Promise<CloseEvent> {
  return new Promise((resolve) => socket.addEventListener('close', resolve, { once: true }));
}

test('bytes go both ways whole and in order, and a close tells its code and reason', async () => {
  const accepted = Promise.withResolvers<Collected>();
  const { url } = serve(async (transport) => accepted.resolve(collect(transport)));
  const socket = await open(url);
  const got: Uint8Array[] = [];
  socket.addEventListener('message', ({ data }) => got.push(new Uint8Array(data)));
  const { transport, messages, closed } = await accepted.promise;
  for (let index = 0; index < 100; index++) {
    socket.send(new Uint8Array([index]));
    expect(transport.send(new Uint8Array([index, index]))).toBe('sent');
  }
  while (got.length < 100)
    await new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }));
  const ended = closeOf(socket);
  socket.close(4_001, 'done here');
  await ended;
  expect(await closed).toEqual({ code: 4_001, reason: 'done here' });
  expect(messages.map((bytes) => bytes[0])).toEqual(Array.from({ length: 100 }, (_, index) => index));
  expect(got.map((bytes) => [...bytes])).toEqual(Array.from({ length: 100 }, (_, index) => [index, index]));
  expect(transport.send(new Uint8Array([1]))).toBe('closed');
  transport.close(4_000, 'once more is harmless');
});

test('what comes before the transport is started is delivered then', async () => {
  const accepted = Promise.withResolvers<Transport>();
  const { url, heard } = serve(async (transport) => accepted.resolve(transport));
  const socket = await open(url);
  socket.send(new Uint8Array([7]));
  const transport = await accepted.promise;
  await heard;
  const { messages } = collect(transport);
  expect(messages).toEqual([new Uint8Array([7])]);
  socket.close();
});

test('a peer that floods before it is asked, sends text, or one frame too large is closed', async () => {
  const { url } = serve(async () => undefined);
  const flood = await open(url);
  const floodEnd = closeOf(flood);
  for (let index = 0; index < 20; index++) flood.send(new Uint8Array([index]));
  expect((await floodEnd).code).toBe(4_000);
  const text = await open(url);
  const textEnd = closeOf(text);
  text.send('{"type":"hello"}');
  expect((await textEnd).reason).toBe('Frames are binary');
  const large = await open(url);
  const largeEnd = closeOf(large);
  large.send(new Uint8Array(limits.frameBytes + 1));
  expect([1_006, 1_009]).toContain((await largeEnd).code);
});

test('a session that sends more than the peer reads is told that it is full, and when it may go on', async () => {
  const accepted = Promise.withResolvers<Collected>();
  const { url } = serve(async (transport) => accepted.resolve(collect(transport)));
  let received = 0;
  const socket = await open(url);
  const { transport, ...collected } = await accepted.promise;
  const frame = new Uint8Array(limits.frameBytes);
  let sent = 0;
  let last: ReturnType<Transport['send']> = 'sent';
  // The peer's own loop is this one: nothing is read until we wait.
  for (; last === 'sent' && sent < 64; sent++) last = transport.send(frame);
  expect(last).toBe('full');
  const { drained } = collected;
  socket.addEventListener('message', ({ data }) => {
    received += data.byteLength;
  });
  await drained;
  transport.close(1_000, 'done');
  await closeOf(socket);
  expect(received).toBe(sent * limits.frameBytes);
});

test('a session that goes on when it was told full loses the connection, never a frame in its middle', async () => {
  const accepted = Promise.withResolvers<Collected>();
  const { url } = serve(async (transport) => accepted.resolve(collect(transport)));
  const socket = await open(url);
  const { transport } = await accepted.promise;
  const numbers: number[] = [];
  socket.addEventListener('message', ({ data }) => numbers.push(new Uint32Array(data, 0, 1)[0] ?? -1));
  const frame = new Uint32Array(limits.frameBytes / 4);
  let sent = 0;
  for (let last = 'sent'; last !== 'closed' && sent < 200; sent++) {
    frame[0] = sent;
    last = transport.send(new Uint8Array(frame.buffer.slice(0)));
  }
  expect(sent).toBeLessThan(200);
  await closeOf(socket);
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index));
});

test('a handler that throws closes the socket instead of leaving it unserved', async () => {
  const { url } = serve((transport) => {
    transport.start({
      onMessage() {
        throw new Error('a defect');
      },
      onClose: () => undefined,
      onDrain: () => undefined,
    });
    return Promise.resolve();
  });
  const socket = await open(url);
  const ended = closeOf(socket);
  socket.send(new Uint8Array([1]));
  expect([(await ended).code, (await ended).reason]).toEqual([4_003, 'internal']);
});

test('a plain request is told to upgrade; a reason too long for a close frame is cut at a character', async () => {
  const accepted = Promise.withResolvers<Transport>();
  const { url, http } = serve(async (transport) => accepted.resolve(transport));
  expect((await fetch(http)).status).toBe(426);
  const socket = await open(url);
  const ended = closeOf(socket);
  (await accepted.promise).close(4_000, 'ä'.repeat(200));
  expect((await ended).reason).toBe('ä'.repeat(60));
});

test('strangers are bounded, and make room when they are let in or gone', async () => {
  const settle: (() => void)[] = [];
  const { http } = serve(() => new Promise((resolve) => settle.push(resolve)));
  const url = http.replace('http', 'ws');
  const sockets: WebSocket[] = [];
  for (let round = 0; round < 20; round++)
    sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => open(url)))));
  const refused = await fetch(http, {
    headers: {
      upgrade: 'websocket',
      connection: 'upgrade',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      'sec-websocket-version': '13',
    },
  });
  expect(refused.status).toBe(503);
  await refused.body?.cancel();
  for (const next of settle.splice(0)) next();
  await Bun.sleep(0);
  sockets.push(await open(url));
  for (const socket of sockets) socket.close();
});
