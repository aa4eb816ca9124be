/**
 * Stands between an agent and a coordinator of this version and makes each take the other for one of the next version: it speaks a
 * version more, its messages have fields that nobody knows yet, and it says and asks things that only the next version has.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { decodeFrame, encodeFrame } from '../../agent/wire/frames.ts';
import { protocolVersions } from '../../agent/wire/protocol.ts';

export interface NextVersion {
  readonly url: string;
  /** What the agent answered to a call that it can't know. */
  readonly answers: Readonly<Record<string, unknown>>[];
  /** Protocol versions that welcomes named. */
  readonly agreed: unknown[];
  readonly connections: () => number;
  stop(): void;
}

type Json = Record<string, unknown>;

/** Far from the ids that either side gives out. */
const strangeId = 4_000_000_000;

export async function startNextVersion(coordinatorUrl: string): Promise<NextVersion> {
  const answers: Json[] = [];
  const agreed: unknown[] = [];
  let connections = 0;
  const http = createServer();
  const server = new WebSocketServer({ server: http });
  http.listen(0, '127.0.0.1');
  await new Promise((resolve) => http.once('listening', resolve));

  server.on('connection', (agent, request) => {
    connections++;
    const coordinator = new WebSocket(`${coordinatorUrl.replace('http', 'ws')}${request.url}`);
    const early: Uint8Array[] = [];
    const toCoordinator = (bytes: Uint8Array) => {
      if (coordinator.readyState === WebSocket.OPEN) coordinator.send(bytes);
      else early.push(bytes);
    };
    coordinator.on('open', () => {
      for (const bytes of early.splice(0)) coordinator.send(bytes);
    });
    agent.on('message', (data: Buffer) => {
      const changed = ofNextVersion(data, (message) => {
        if (message['type'] === 'response' && message['id'] === strangeId) {
          answers.push(message);
          return null;
        }
        return message;
      });
      if (changed !== null) toCoordinator(changed);
    });
    coordinator.on('message', (data: Buffer) => {
      let isWelcome = false;
      const changed = ofNextVersion(data, (message) => {
        isWelcome = message['type'] === 'welcome';
        if (isWelcome) agreed.push(message['protocol']);
        return message;
      });
      if (changed !== null) agent.send(changed);
      if (!isWelcome) return;
      agent.send(messageFrame({ type: 'notice', name: 'future.weather', data: { rain: true } }));
      agent.send(
        messageFrame({ type: 'request', id: strangeId, method: 'future.migrate', params: { to: 'x' } }),
      );
      toCoordinator(messageFrame({ type: 'notice', name: 'future.mood', data: { good: true } }));
    });
    agent.on('close', () => coordinator.close());
    coordinator.on('close', () => agent.close());
    for (const socket of [agent, coordinator]) socket.on('error', () => socket.terminate());
  });

  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    answers,
    agreed,
    connections: () => connections,
    stop() {
      for (const socket of server.clients) socket.terminate();
      server.close();
      http.close();
    },
  };
}

function messageFrame(message: Json): Uint8Array {
  return encodeFrame('message', 0, new TextEncoder().encode(JSON.stringify(message)));
}

/** Every message with fields of its own and one below it; null for one that `change` keeps back. */
function ofNextVersion(data: Buffer, change: (message: Json) => Json | null): Uint8Array | null {
  const frame = decodeFrame(new Uint8Array(data));
  if (frame.kind !== 'message') return data;
  const message = change(JSON.parse(new TextDecoder().decode(frame.payload)) as Json);
  if (message === null) return null;
  const { max } = protocolVersions;
  const range = message['type'] === 'hello' || message['type'] === 'challenge';
  const parts = ['params', 'result', 'data', 'identity', 'status', 'platform'].filter((name) =>
    isObject(message[name]),
  );
  return messageFrame({
    ...message,
    ...(range ? { protocol: { min: max, max: max + 1, future: true } } : {}),
    ...Object.fromEntries(parts.map((name) => [name, { ...(message[name] as Json), future: { a: [1] } }])),
    future: 'of the next version',
  });
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
