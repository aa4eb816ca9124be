/**
 * The smallest coordinator that speaks the protocol: a real WebSocket server, the handshake and session of `agent/wire`, and a memory of
 * which machines joined. It does what a test tells it.
 */
import { createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { createDeferred, type Deferred } from '../../agent/kit/deferred.ts';
import { createSystemRandomness } from '../../agent/kit/ids.ts';
import { webSocketTransport } from '../../agent/link/web-socket-transport.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import { coordinatorHandshake, helloText } from '../../agent/wire/handshake.ts';
import { limits } from '../../agent/wire/limits.ts';
import {
  type Hello,
  type Notice,
  protocolVersions,
  type VersionRange,
  type Welcome,
} from '../../agent/wire/protocol.ts';
import type { Session } from '../../agent/wire/session.ts';
import { createSession } from '../../agent/wire/session-core.ts';
import type { Transport } from '../../agent/wire/transport.ts';

export interface Connection {
  readonly hello: Hello;
  readonly session: Session;
  /** Cuts the TCP connection, without a word. */
  cut(): void;
  /** The connection stays open, and nothing comes or goes on it any more. */
  freeze(): void;
}

export interface TestCoordinator {
  readonly url: string;
  /** The next agent that is let in. */
  connection(): Promise<Connection>;
  /** Public keys by machine id. */
  readonly machines: Map<string, string>;
  /** Leases that a hello may keep; undefined: all that it names. */
  keepLeases: readonly string[] | undefined;
  /** What the next hellos are refused with. */
  refuseWith: FarmError | undefined;
  readonly notices: { name: string; data: unknown }[];
  /** Stops listening and cuts everything; `listen` comes back on the same port. */
  down(): Promise<void>;
  listen(): Promise<void>;
}

const clock = createSystemClock();
const randomness = createSystemRandomness();
const ed25519Prefix = Buffer.from('302a300506032b6570032100', 'hex');

export const joinToken = 'join-me';

export interface CoordinatorTraits {
  readonly heartbeatMs?: number;
  readonly speaks?: VersionRange;
  /** Between the socket and the protocol, as a coordinator of another version would have it. */
  readonly wrap?: (transport: Transport) => Transport;
}

export async function startCoordinator(options: CoordinatorTraits = {}): Promise<TestCoordinator> {
  const arrived: Connection[] = [];
  const waiting: Deferred<Connection>[] = [];
  let server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: limits.frameBytes });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  function isAuthentic({ identity }: Hello, nonce: string): boolean {
    const key = identity.kind === 'join' ? identity.publicKey : coordinator.machines.get(identity.machineId);
    if (key === undefined) return false;
    const spki = Buffer.concat([ed25519Prefix, Buffer.from(key, 'base64')]);
    return verify(
      null,
      Buffer.from(helloText(nonce, identity)),
      createPublicKey({ key: spki, format: 'der', type: 'spki' }),
      Buffer.from(identity.signature, 'base64'),
    );
  }

  async function admit(hello: Hello, nonce: string): Promise<Welcome | FarmError> {
    const { identity } = hello;
    if (coordinator.refuseWith !== undefined) return coordinator.refuseWith;
    const isWrongToken = identity.kind === 'join' && identity.token !== joinToken;
    if (isWrongToken || !isAuthentic(hello, nonce)) {
      return new FarmError('unauthenticated', 'Nobody knows this machine', { blame: 'caller' });
    }
    const machineId = identity.kind === 'join' ? `mch_${coordinator.machines.size + 1}` : identity.machineId;
    if (identity.kind === 'join') coordinator.machines.set(machineId, identity.publicKey);
    return {
      type: 'welcome',
      protocol: 1,
      machineId,
      hostType: hello.hostType ?? 'test',
      heartbeatMs: options.heartbeatMs ?? 1_000,
      keepLeases: [...(coordinator.keepLeases ?? hello.leases.map(({ leaseId }) => leaseId))],
    };
  }

  function serve(): void {
    server.on('connection', (socket) => {
      const { wrap = (transport: Transport) => transport, speaks = protocolVersions } = options;
      const transport = wrap(webSocketTransport(socket, clock));
      coordinatorHandshake(transport, { clock, randomness, version: 'test', speaks, admit }).then(
        ({ hello, transport: rest }) => {
          const note = (name: string) => (data: Notice<'machine.status'> | Notice<'agent.draining'>) => {
            coordinator.notices.push({ name, data });
          };
          const session = createSession(rest, {
            clock,
            role: 'coordinator',
            heartbeatMs: options.heartbeatMs ?? 1_000,
            notices: { 'machine.status': note('machine.status'), 'agent.draining': note('agent.draining') },
          });
          const connection: Connection = {
            hello,
            session,
            cut: () => socket.terminate(),
            freeze() {
              socket.pause();
              socket.send = () => undefined;
            },
          };
          const first = waiting.shift();
          if (first === undefined) arrived.push(connection);
          else first.resolve(connection);
        },
        () => undefined,
      );
    });
  }

  const coordinator: TestCoordinator = {
    url: `http://127.0.0.1:${port}`,
    machines: new Map(),
    keepLeases: undefined,
    refuseWith: undefined,
    notices: [],
    async connection() {
      const first = arrived.shift();
      if (first !== undefined) return first;
      const next = createDeferred<Connection>();
      waiting.push(next);
      return await next.promise;
    },
    async down() {
      for (const socket of server.clients) socket.terminate();
      server.close();
      await once(server, 'close');
    },
    async listen() {
      server = new WebSocketServer({ host: '127.0.0.1', port, maxPayload: limits.frameBytes });
      await once(server, 'listening');
      serve();
    },
  };
  serve();
  return coordinator;
}
