import { afterEach, expect, test } from 'bun:test';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import { scratchFolder } from '../../test/agent/scratch.ts';
import { createSystemClock } from '../kit/clock.ts';
import { createDeferred } from '../kit/deferred.ts';
import { limits } from '../wire/limits.ts';
import type { Transport } from '../wire/transport.ts';
import { dial, dialUrl } from './dial.ts';
import { webSocketTransport } from './web-socket-transport.ts';

const clock = createSystemClock();
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function webSocketServer(): Promise<{ url: URL; next: Promise<WebSocket> }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  closers.push(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  const next = createDeferred<WebSocket>();
  server.on('connection', (socket) => {
    // At once, so that it comes with the answer to the upgrade.
    socket.send(new Uint8Array([1, 2, 3]));
    next.resolve(socket);
  });
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), next: next.promise };
}

const direct = { proxy: undefined, ca: undefined, clock };

function messages(transport: Transport) {
  const got: Uint8Array[] = [];
  const closed = createDeferred<{ code: number; reason: string }>();
  const drained = createDeferred<void>();
  transport.start({
    onMessage: (bytes) => got.push(bytes.slice()),
    onClose: closed.resolve,
    onDrain: drained.resolve,
  });
  return { got, closed: closed.promise, drained: drained.promise };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = clock.monotonic() + 5_000;
  while (!condition()) {
    if (clock.monotonic() > deadline) throw new Error('It did not happen');
    await clock.sleep(2);
  }
}

test('the place to dial follows from the address of the coordinator', () => {
  expect(dialUrl(new URL('https://farm.example')).href).toBe('wss://farm.example/api/v1/dial');
  expect(dialUrl(new URL('http://farm.example:8080/croft/')).href).toBe(
    'ws://farm.example:8080/croft/api/v1/dial',
  );
});

test('the first message is not lost, bytes go both ways, and the close says why', async () => {
  const { url, next } = await webSocketServer();
  const { got, closed } = messages(await dial({ ...direct, coordinator: url }));
  const peer = webSocketTransport(await next, clock);
  const back = messages(peer);
  await until(() => got.length === 1);
  expect(got[0]).toEqual(new Uint8Array([1, 2, 3]));
  peer.close(4001, 'refused');
  expect(await closed).toEqual({ code: 4001, reason: 'refused' });
  await back.closed;
});

test('a text message is passed on as one that cannot be a frame', async () => {
  const { url, next } = await webSocketServer();
  const { got } = messages(await dial({ ...direct, coordinator: url }));
  (await next).send('text');
  await until(() => got.length === 2);
  expect(got[1]).toHaveLength(0);
});

test('a message over the limit ends the connection', async () => {
  const { url, next } = await webSocketServer();
  const { closed, got } = messages(await dial({ ...direct, coordinator: url }));
  (await next).send(new Uint8Array(limits.frameBytes + 1));
  await closed;
  expect(got).toHaveLength(1);
});

test('a peer that does not read fills the transport, which says so and says when there is room', async () => {
  const { url, next } = await webSocketServer();
  const transport = await dial({ ...direct, coordinator: url });
  const { drained } = messages(transport);
  const socket = await next;
  socket.pause();
  let sent = 0;
  while (transport.send(new Uint8Array(256 * 1024)) === 'sent') {
    sent++;
    if (sent > 400) throw new Error('100 MB were taken without a word');
    if (sent % 8 === 0) await clock.sleep(1);
  }
  socket.resume();
  await drained;
  expect(transport.send(new Uint8Array(1))).toBe('sent');
});

test('a dead connection closes, also while it closes', async () => {
  const { url, next } = await webSocketServer();
  const transport = await dial({ ...direct, coordinator: url });
  const { closed } = messages(transport);
  (await next).terminate();
  expect((await closed).code).toBe(1006);
  expect(transport.send(new Uint8Array(1))).toBe('closed');
  transport.close(1000, '');
});

test('what does not answer as a coordinator is told in words', async () => {
  const server = createServer((_, response) => {
    response.writeHead(503);
    response.end();
  });
  const coordinator = await listening(server);
  await expect(dial({ ...direct, coordinator })).rejects.toThrow('answered 503');
  server.close();
  await once(server, 'close');
  await expect(dial({ ...direct, coordinator })).rejects.toMatchObject({ code: 'connection_lost' });
});

async function listening(server: Server): Promise<URL> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

test('a proxy is asked for the way, with what its address says of the user', async () => {
  const { url } = await webSocketServer();
  const asked: string[] = [];
  const proxy = createServer();
  proxy.on('connect', (request, socket, head) => {
    asked.push(`${request.url} ${request.headers['proxy-authorization']}`);
    const [host = '', port] = (request.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.write(head);
      onward.pipe(socket);
      socket.pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  const proxyUrl = await listening(proxy);
  closers.push(() => proxy.close());
  proxyUrl.username = 'user';
  proxyUrl.password = 'p@ss';
  const { got } = messages(await dial({ ...direct, coordinator: url, proxy: proxyUrl }));
  await until(() => got.length === 1);
  expect(asked).toEqual([`${url.host} Basic ${btoa('user:p@ss')}`]);
});

test('a proxy that refuses, or that is none, is told in words', async () => {
  const { url } = await webSocketServer();
  const proxy = createServer();
  proxy.on('connect', (_, socket) => socket.end('HTTP/1.1 407 No\r\n\r\n'));
  const refusing = await listening(proxy);
  closers.push(() => proxy.close());
  await expect(dial({ ...direct, coordinator: url, proxy: refusing })).rejects.toThrow('it answered 407');

  const silent = createTcpServer((socket) => socket.end('what?\r\n\r\n'));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  closers.push(() => silent.close());
  const none = new URL(`http://127.0.0.1:${(silent.address() as AddressInfo).port}`);
  await expect(dial({ ...direct, coordinator: url, proxy: none })).rejects.toMatchObject({
    code: 'connection_lost',
  });
});

test('certificates of our own are trusted when they are given, and only then', async () => {
  const folder = scratchFolder();
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const request = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      cert,
    ];
    execFileSync('openssl', [...request, ...subject], { stdio: 'pipe' });
  } catch {
    process.stderr.write('SKIPPED: certificates, since there is no openssl here\n');
    return;
  }
  const https = createHttpsServer({ key: readFileSync(key), cert: readFileSync(cert) });
  https.listen(0, '127.0.0.1');
  await once(https, 'listening');
  const server = new WebSocketServer({ server: https });
  server.on('connection', (socket) => socket.send(new Uint8Array([7])));
  closers.push(() => {
    for (const client of server.clients) client.terminate();
    https.close();
  });
  const coordinator = new URL(`https://localhost:${(https.address() as AddressInfo).port}`);
  const { got } = messages(await dial({ ...direct, coordinator, ca: readFileSync(cert, 'utf8') }));
  await until(() => got.length === 1);
  await expect(dial({ ...direct, coordinator })).rejects.toThrow(/certificate|self.signed/i);
});
