/** A proxy for tests that stands before a real S3 server and does to its answers what networks and services do. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Fault =
  | 'pass'
  | '500'
  | '503'
  | 'empty-200'
  | 'stall-head'
  | 'lose-answer'
  | 'cut-head'
  | 'stall-body'
  | 'cut-body'
  | 'short-body'
  | 'corrupt-body';

export interface FaultProxy {
  readonly endpoint: string;
  /** What happens to the next requests of a method, one each; afterwards all pass. */
  onNext(method: string, faults: readonly Fault[]): void;
  stop(): Promise<void>;
}

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const faults = new Map<string, Fault[]>();
  const server = createServer((incoming, outgoing) => {
    const fault = faults.get(incoming.method ?? '')?.shift() ?? 'pass';
    handle(target, fault, incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    onNext: (method, next) => faults.set(method, [...next]),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function handle(target: string, fault: Fault, incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (fault === 'stall-head') return;
  if (fault === 'cut-head') {
    incoming.socket.destroy();
    return;
  }
  if (fault === '500' || fault === '503' || fault === 'empty-200') {
    incoming.resume();
    incoming.on('end', () => outgoing.writeHead(Number(fault.slice(-3))).end());
    return;
  }
  // The signature covers the host name, so it goes through as it came.
  const { method, headers } = incoming;
  const forward = request(new URL(incoming.url ?? '/', target), { method, headers }, (answer) => {
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('end', () => respond(fault, answer, Buffer.concat(chunks), outgoing));
  });
  forward.on('error', () => incoming.socket.destroy());
  incoming.pipe(forward);
}

function respond(fault: Fault, answer: IncomingMessage, body: Buffer, outgoing: ServerResponse): void {
  if (fault === 'lose-answer') {
    outgoing.socket?.destroy();
    return;
  }
  const { 'transfer-encoding': _, ...headers } = answer.headers;
  const half = body.subarray(0, body.byteLength / 2);
  if (fault === 'corrupt-body') body.writeUInt8(body.readUInt8(1_000) ^ 1, 1_000);
  if (fault === 'short-body') {
    outgoing.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': String(half.byteLength) });
    outgoing.end(half);
    return;
  }
  outgoing.writeHead(answer.statusCode ?? 502, headers);
  if (fault === 'pass' || fault === 'corrupt-body') {
    outgoing.end(body);
    return;
  }
  outgoing.write(half, () => {
    if (fault === 'cut-body') outgoing.socket?.destroy();
  });
}
