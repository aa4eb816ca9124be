/** Opens one WebSocket to the coordinator. */
import { WebSocket } from 'ws';
import type { Clock } from '../kit/clock.ts';
import { FarmError } from '../wire/farm-error.ts';
import { limits } from '../wire/limits.ts';
import type { Transport } from '../wire/transport.ts';
import { connectThrough } from './proxy.ts';
import { webSocketTransport } from './web-socket-transport.ts';

export interface DialOptions {
  readonly coordinator: URL;
  readonly proxy: URL | undefined;
  /** Certificates to trust beside the machine's own, PEM. */
  readonly ca: string | undefined;
  readonly clock: Clock;
}

/** From the first packet to an open WebSocket. */
const dialTimeoutMs = 15_000;

/** `http` and `https` are taken for the protocol that WebSockets have there. */
export function dialUrl(coordinator: URL): URL {
  const url = new URL(coordinator);
  url.protocol = { 'http:': 'ws:', 'https:': 'wss:' }[url.protocol] ?? url.protocol;
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/dial`;
  return url;
}

/** Rejects with `connection_lost` in words for the log. */
export async function dial(options: DialOptions): Promise<Transport> {
  const url = dialUrl(options.coordinator);
  try {
    return await open(url, options);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new FarmError('connection_lost', `Cannot reach ${url.href}: ${problem}`, {
      blame: 'outside',
      retry: 'same',
      cause: error,
    });
  }
}

async function open(url: URL, options: DialOptions): Promise<Transport> {
  const { proxy, ca, clock } = options;
  const through =
    proxy === undefined ? undefined : await connectThrough(proxy, url, { timeoutMs: dialTimeoutMs, ca });
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    maxPayload: limits.frameBytes,
    ...(ca === undefined ? {} : { ca, tls: { ca } }),
    ...(through === undefined ? {} : { createConnection: () => through }),
  });
  return await new Promise<Transport>((resolve, reject) => {
    const timer = clock.after(dialTimeoutMs, () => fail(new Error(`No answer within ${dialTimeoutMs} ms`)));
    function fail(error: Error): void {
      timer.cancel();
      reject(error);
      socket.terminate();
    }
    socket.once('open', () => {
      timer.cancel();
      socket.off('error', fail);
      // At once: the challenge may come with the same packet that opened it.
      resolve(webSocketTransport(socket, clock));
    });
    socket.on('error', fail);
    socket.once('unexpected-response', (_request, response) => {
      fail(new Error(`The server answered ${response.statusCode} instead of opening a WebSocket`));
    });
  });
}
