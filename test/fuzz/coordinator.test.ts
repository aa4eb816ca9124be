/** A real coordinator process, dialled by peers that mean no good. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { FarmError } from '../../agent/wire/farm-error.ts';
import { limits } from '../../agent/wire/limits.ts';
import { configFor, startFarm, type TestFarm } from '../farm/farm.ts';
import { until } from '../farm/processes.ts';
import { makeRepository } from '../farm/repository.ts';
import { anyFrame } from './frame-cases.ts';
import { dialIn, serveStrangely } from './hostile-agent.ts';
import { freshSeed } from './options.ts';
import { caseSeed, createChance } from './random.ts';

const scratch = mkdtempSync(join(tmpdir(), 'croft-fuzz-'));
const seed = Number(process.env['CROFT_FUZZ_SEED'] ?? freshSeed());
const lines = Number(process.env['CROFT_FUZZ_LINES'] ?? 40);
let farm: TestFarm;

beforeAll(async () => {
  process.stdout.write(`coordinator: seed ${seed}\n`);
  const repository = makeRepository(join(scratch, 'repo'));
  repository.commit({ 'croft.json': '{"steps":["echo one","echo two"],"artifacts":["**"]}' });
  farm = await startFarm(
    configFor(repository.dir, [{ name: 'local', hostType: 'local', attempts: 1 }], {
      away: '1s',
      quarantineAfter: 1_000,
    }),
  );
}, 60_000);

afterAll(async () => {
  await farm.stop();
  rmSync(scratch, { recursive: true, force: true });
}, 30_000);

async function joinToken(): Promise<string> {
  return (await farm.api.post<{ token: string }>('/api/v1/join-tokens', { hostType: 'local' })).token;
}

function log(): string {
  return readFileSync(farm.coordinator.logFile, 'utf8');
}

function residentKiB(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${farm.coordinator.pid}/status`, 'utf8'))?.[1]);
}

/** It answers, it is no larger than before, and it did not call anything its own defect. */
async function expectUnhurt(residentBefore: number): Promise<void> {
  expect(farm.coordinator.running()).toBe(true);
  expect((await farm.api.request('GET', '/healthz')).status).toBeLessThan(500);
  const errors = log()
    .split('\n')
    .filter((line) => line.includes('"level":"error"'));
  expect(errors).toEqual([]);
  expect(residentKiB() - residentBefore).toBeLessThan(300 * 1024);
}

describe('before the handshake', () => {
  test('whatever comes down a WebSocket ends that WebSocket', async () => {
    const before = residentKiB();
    for (let index = 0; index < lines; index++) {
      const chance = createChance(caseSeed(seed, index));
      const socket = new WebSocket(`${farm.url.replace('http', 'ws')}/api/v1/dial`);
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      socket.on('error', () => undefined);
      await new Promise<void>((resolve) => socket.once('open', () => resolve()));
      if (chance.onceIn(4)) socket.send('{"type":"hello"}');
      else if (chance.onceIn(20)) socket.send(new Uint8Array(limits.frameBytes + 1));
      else for (let count = chance.below(20); count >= 0; count--) socket.send(anyFrame(chance, 'none'));
      await Promise.race([closed, Bun.sleep(20)]);
      socket.terminate();
      await closed;
    }
    await expectUnhurt(before);
  }, 60_000);

  test('whatever comes down a TCP connection ends that connection', async () => {
    const before = residentKiB();
    const requests = [
      'GET /api/v1/dial HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
      'GET /api/v1/dial HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 99\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: \u0000\r\n\r\n',
      'GET //\\\\..//%00 HTTP/9.9\r\nHost: x\r\n\r\n',
      'POST /api/v1/builds HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nffffffffffffffff\r\n',
      'POST /api/v1/builds HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(20_000)}\r\n`,
    ];
    for (let index = 0; index < lines; index++) {
      const chance = createChance(caseSeed(seed, index));
      const { port, hostname } = new URL(farm.url);
      await new Promise<void>((resolve) => {
        const socket = connect(Number(port), hostname, () => {
          const bytes = Buffer.from(chance.pick(requests), 'latin1');
          const cut = chance.onceIn(3) ? bytes.subarray(0, chance.below(bytes.length)) : bytes;
          socket.write(chance.onceIn(4) ? Buffer.from(chance.bytes(200)) : cut);
          setTimeout(() => socket.destroy(), 10);
        });
        socket.on('error', () => undefined);
        socket.on('close', () => resolve());
      });
    }
    await expectUnhurt(before);
  }, 60_000);
});

describe('after a valid handshake', () => {
  test('garbage ends that connection and nothing else', async () => {
    const before = residentKiB();
    const folder = join(scratch, 'garbage');
    mkdirSync(folder);
    const token = await joinToken();
    for (let index = 0; index < lines; index++) {
      const chance = createChance(caseSeed(seed, index));
      const transport = await dialIn({ url: farm.url, folder, joinToken: token, chance });
      const closed = new Promise<void>((resolve) =>
        transport.start({ onMessage: () => undefined, onClose: () => resolve(), onDrain: () => undefined }),
      );
      const manners = chance.pick(['good', 'careless', 'none'] as const);
      for (let count = chance.below(30); count >= 0; count--) transport.send(anyFrame(chance, manners));
      transport.close(1000, 'done');
      await closed;
    }
    await expectUnhurt(before);
  }, 120_000);

  test('answers that the protocol allows and nobody expects end builds, and every page of them is answered', async () => {
    const before = residentKiB();
    const rounds = Math.ceil(lines / 10);
    for (let round = 0; round < rounds; round++) {
      const chance = createChance(caseSeed(seed, round));
      const folder = join(scratch, `strange-${round}`);
      mkdirSync(folder);
      const transport = await dialIn({ url: farm.url, folder, joinToken: await joinToken(), chance });
      const session = serveStrangely(transport, chance);
      const { id } = await farm.api.post<{ id: string }>('/api/v1/builds', {
        repo: 'project',
        builder: 'local',
        commit: 'main',
      });
      // A machine that breaks the protocol is cut off, which ends its attempt once it was away for long enough.
      await Promise.race([
        farm.api.finished(id, 20_000).catch(async (error: unknown) => {
          throw new Error(
            `${String(error)}: ${JSON.stringify(await farm.api.build(id)).slice(0, 3_000)}\n${log().slice(-2_000)}`,
          );
        }),
        session.closed.then(() => Bun.sleep(1_500)),
      ]);
      session.close(new FarmError('shutting_down', 'Enough', { blame: 'machine' }));
      await farm.api.request('POST', `/api/v1/builds/${id}/cancel`);
      await until(`build ${id} has ended`, async () => (await farm.api.build(id)).endedAt !== null, 30_000);
      await expectAnswers(id);
    }
    await expectUnhurt(before);
  }, 180_000);
});

async function expectAnswers(id: string): Promise<void> {
  const paths = [
    `builds/${id}`,
    `builds/${id}/log`,
    `builds/${id}/log/lines?from=1&count=50`,
    `builds/${id}/log/problems`,
    `builds/${id}/artifacts`,
    'builds',
    'machines',
    'pools',
    'queue',
  ];
  for (const path of paths) {
    const answer = await farm.api.request('GET', `/api/v1/${path}`);
    expect([path, answer.status, (await answer.text()).slice(0, 0)]).toEqual([path, 200, '']);
  }
}
