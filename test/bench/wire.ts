/**
 * What the protocol itself costs: memory of an idle session, time of heartbeats, of a call, of a stream between two processes.
 * `bun test/bench/wire.ts`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { dial } from '../../agent/link/dial.ts';
import { webSocketTransport } from '../../agent/link/web-socket-transport.ts';
import { limits } from '../../agent/wire/limits.ts';
import { createMemoryLink } from '../../agent/wire/memory-transport.ts';
import type { Session } from '../../agent/wire/session.ts';
import { createSession } from '../../agent/wire/session-core.ts';

const clock = createSystemClock();
const report = { runId: 'r', leaseId: 'l', outputBytes: 0, exit: null };

if (process.argv[2] === 'sender') await send(process.argv[3] ?? '');
else {
  await idleSessions(1_000);
  await calls(50_000);
  await stream(2_000);
}
process.exit();

async function idleSessions(count: number): Promise<void> {
  Bun.gc(true);
  const before = process.memoryUsage().heapUsed + process.memoryUsage().external;
  const sessions: Session[] = [];
  for (let index = 0; index < count; index++) {
    const { left, right } = createMemoryLink();
    sessions.push(createSession(left, { clock, role: 'coordinator', heartbeatMs: 1_000 }));
    sessions.push(createSession(right, { clock, role: 'agent', heartbeatMs: 1_000 }));
  }
  await clock.sleep(10);
  Bun.gc(true);
  const bytes = process.memoryUsage().heapUsed + process.memoryUsage().external - before;
  const cpu = process.cpuUsage();
  await clock.sleep(5_000);
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    `${2 * count} idle sessions: ${(bytes / 2 / count / 1024).toFixed(1)} KiB each, ` +
      `${((user + system) / 5 / 1000 / (2 * count)).toFixed(4)} ms CPU per heartbeat`,
  );
}

async function calls(count: number): Promise<void> {
  const { left, right } = createMemoryLink();
  const coordinator = createSession(left, { clock, role: 'coordinator' });
  createSession(right, { clock, role: 'agent', handlers: { 'run.attach': async () => ({ report }) } });
  const cpu = process.cpuUsage();
  for (let index = 0; index < count; index++) {
    await coordinator.call('run.signal', { runId: 'r', signal: 'stop' }).catch(() => undefined);
  }
  const { user, system } = process.cpuUsage(cpu);
  console.log(`a call there and back: ${((user + system) / 1000 / count).toFixed(4)} ms CPU, both sides`);
}

async function stream(megabytes: number): Promise<void> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: limits.frameBytes });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sender = spawn(process.execPath, [import.meta.path, 'sender', String(port)], { stdio: 'inherit' });
  const [socket] = (await once(server, 'connection')) as [WebSocket];
  const session = createSession(webSocketTransport(socket, clock), { clock, role: 'coordinator' });
  const id = session.newStreamId();
  const source = session.receive(id);
  const begun = clock.monotonic();
  await session.call('run.attach', { runId: String(megabytes), offset: 0, stream: id });
  let bytes = 0;
  for await (const chunk of source) bytes += chunk.length;
  console.log(
    `a stream between two processes: ${(bytes / 1e3 / (clock.monotonic() - begun)).toFixed(0)} MB/s`,
  );
  sender.kill();
}

async function send(port: string): Promise<void> {
  const transport = await dial({
    coordinator: new URL(`http://127.0.0.1:${port}`),
    proxy: undefined,
    ca: undefined,
    clock,
  });
  const session = createSession(transport, {
    clock,
    role: 'agent',
    handlers: {
      async 'run.attach'({ runId, stream: id }, opened) {
        const sink = opened.send(id);
        void (async () => {
          const chunk = new Uint8Array(limits.dataFrameBytes);
          for (let left = Number(runId) * 1e6; left > 0; left -= chunk.length) await sink.write(chunk);
          sink.end();
        })();
        return { report };
      },
    },
  });
  await session.closed;
}
