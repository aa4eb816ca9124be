/** The real agent, on real folders and over a real WebSocket, dialled into a coordinator that means no good. */
import { afterAll, expect, test } from 'bun:test';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import { createAgent } from '../../agent/agent.ts';
import { readCommandLine } from '../../agent/config.ts';
import { openAgentFolder } from '../../agent/folder.ts';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { createSystemRandomness } from '../../agent/kit/ids.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { openIdentity } from '../../agent/link/identity.ts';
import { currentRuntime } from '../../agent/platform/runtime.ts';
import { calls, type Method } from '../../agent/wire/protocol.ts';
import { anyFrame, jsonFrame } from './frame-cases.ts';
import { fromSchema } from './from-schema.ts';
import { freshSeed } from './options.ts';
import { type Chance, caseSeed, createChance } from './random.ts';

const scratch = mkdtempSync(join(tmpdir(), 'croft-agent-fuzz-'));
const seed = Number(process.env['CROFT_FUZZ_SEED'] ?? freshSeed());
const lines = Number(process.env['CROFT_FUZZ_LINES'] ?? 60);
const outside = join(scratch, 'outside');

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Serves each dial by chance, and counts what came of it. */
async function hostileCoordinator(): Promise<{ readonly url: string; served(): number; close(): void }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  let served = 0;
  server.on('connection', (socket) => {
    const chance = createChance(caseSeed(seed, served++));
    socket.on('error', () => undefined);
    if (chance.onceIn(4)) sendGarbage(socket, chance);
    else greet(socket, chance);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    served: () => served,
    close() {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}

function sendGarbage(socket: WebSocket, chance: Chance): void {
  if (chance.onceIn(4)) socket.send('text is no frame');
  for (let count = chance.below(10); count >= 0; count--) socket.send(anyFrame(chance, 'none'));
  setTimeout(() => socket.terminate(), 20);
}

/** A valid handshake; then calls that the protocol allows, chosen to hurt, and garbage at the end. */
function greet(socket: WebSocket, chance: Chance): void {
  const protocol = { min: 1, max: 1 };
  socket.send(jsonFrame({ type: 'challenge', protocol, nonce: 'AAAA', coordinatorVersion: '1' }));
  socket.once('message', () => {
    const keepLeases: string[] = [];
    const welcome = { machineId: 'mch_1', hostType: 'x', heartbeatMs: 60_000, keepLeases };
    socket.send(jsonFrame({ type: 'welcome', protocol: 1, ...welcome }));
    socket.send(request(1, 'lease.begin', { leaseId: 'lse_1', slot: 0 }));
    for (let id = 2; id < 14; id++) socket.send(strangeRequest(chance, id));
    for (let count = chance.below(12); count > 0; count--)
      socket.send(anyFrame(chance, chance.pick(['good', 'none'])));
    setTimeout(() => socket.terminate(), 60);
  });
}

function request(id: number, method: Method, params: unknown): Uint8Array {
  return jsonFrame({ type: 'request', id, method, params });
}

function strangeRequest(chance: Chance, id: number): Uint8Array {
  const method = chance.pick(Object.keys(calls) as Method[]);
  const params = fromSchema(chance, calls[method].params, chance.onceIn(2) ? 20 : Number.POSITIVE_INFINITY);
  if (typeof params !== 'object' || params === null) return request(id, method, params);
  const leased = {
    ...params,
    ...(chance.onceIn(8) ? {} : { leaseId: 'lse_1' }),
    ...('stream' in params ? { stream: id } : {}),
  };
  // A coordinator may run what it likes; here only what harms nobody.
  if (method === 'run.start')
    return request(id, method, { ...leased, command: { shell: 'echo "$0"; env | head -3' } });
  if (method === 'lease.begin') return request(id, method, { leaseId: `lse_${id}`, slot: chance.below(3) });
  return request(id, method, leased);
}

test('whatever a coordinator sends, the agent serves on, and touches nothing but its own folder', async () => {
  process.stdout.write(`agent: seed ${seed}\n`);
  writeFileSync(outside, 'nobody may change this');
  const coordinator = await hostileCoordinator();
  const dir = join(scratch, 'agent');
  const asked = readCommandLine(
    ['--coordinator', coordinator.url, '--dir', dir, '--slots', '2', '--join', 'x'],
    process.env,
  );
  if (asked.is !== 'run') throw new Error('The agent has nothing to run');
  const clock = createSystemClock();
  const folder = openAgentFolder(dir);
  const defects: string[] = [];
  const agent = await createAgent({
    config: asked.config,
    folder,
    identity: openIdentity(folder.identity),
    // Who is cut off so often would wait ever longer; here the pauses are short.
    clock: { ...clock, sleep: (ms, signal) => clock.sleep(Math.min(ms, 5), signal) },
    randomness: createSystemRandomness(),
    log: { ...silentLog, error: (event, fields) => defects.push(`${event} ${JSON.stringify(fields)}`) },
    runtime: currentRuntime(),
    version: '1',
    onConnected: () => undefined,
  });
  const before = process.memoryUsage.rss();
  const ended = agent.run();
  const deadline = performance.now() + 50_000;
  while (coordinator.served() < lines && performance.now() < deadline) {
    const refusal = await Promise.race([ended, Bun.sleep(50)]);
    // A refusal for good is within a coordinator's rights, and the only way to end it.
    if (refusal !== undefined) break;
  }
  const served = coordinator.served();
  coordinator.close();
  agent.hurry();
  await agent.stop();
  await ended;
  process.stdout.write(`agent: ${served} lines\n`);
  expect(defects).toEqual([]);
  expect(served).toBeGreaterThan(5);
  expect(await Bun.file(outside).text()).toBe('nobody may change this');
  expect(readdirSync(scratch).sort()).toEqual(['agent', 'outside']);
  expect(existsSync('/tmp/owned')).toBe(false);
  expect((process.memoryUsage.rss() - before) / 1024 ** 2).toBeLessThan(400);
}, 120_000);
