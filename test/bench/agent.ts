/**
 * What one agent can do, over a real WebSocket to a real process: trivial builds a second (lease, cached tree, one run, reset), the
 * time from asking to the first output, and the speed of output and files. `bun test/bench/agent.ts [--node BUNDLE]`.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tarEnd, tarHeader } from '../../agent/files/tar-header.ts';
import type { Session } from '../../agent/wire/session.ts';
import { joinToken, startCoordinator } from '../agent/coordinator.ts';

const node = process.argv[process.argv.indexOf('--node') + 1];
const program =
  process.argv.includes('--node') && node !== undefined
    ? ['node', node]
    : [process.execPath, join(import.meta.dir, '..', '..', 'agent', 'main.ts')];
const limits = { timeMs: 60_000, silenceMs: 60_000, outputBytes: 2 * 1024 ** 3, graceMs: 1_000 };

const dir = mkdtempSync(join(tmpdir(), 'croft-bench-'));
const coordinator = await startCoordinator();
const agent = spawn(
  program[0] ?? '',
  [...program.slice(1), '--coordinator', coordinator.url, '--dir', dir, '--slots', '16'],
  {
    env: { ...process.env, CROFT_JOIN_TOKEN: joinToken },
    stdio: ['ignore', 'ignore', 'inherit'],
  },
);
const { session } = await coordinator.connection();
let serial = 0;

try {
  console.log(`agent on ${program[0]}, process ${agent.pid}`);
  const digest = await cacheTree(session);
  for (const slots of [1, 2, 4, 8, 16]) await trivialBuilds(session, slots, 600, digest);
  await firstOutput(session, 200);
  await outputSpeed(session, 512);
} finally {
  agent.kill('SIGTERM');
  await new Promise((resolve) => agent.once('exit', resolve));
  await coordinator.down();
  rmSync(dir, { recursive: true, force: true });
}

/** A tree of twelve small files, as the smallest repositories are. */
async function cacheTree(session: Session): Promise<string> {
  const content = Buffer.alloc(1536, 'x');
  const files = Array.from({ length: 12 }, (_, index) =>
    Buffer.concat([
      tarHeader({
        name: index < 6 ? `f${index}` : `sub/f${index}`,
        type: 'file',
        mode: 0o644,
        bytes: content.length,
        modifiedAt: 1_700_000_000,
      }),
      content,
    ]),
  );
  const bytes = Buffer.concat([...files, tarEnd()]);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  await session.call('lease.begin', { leaseId: 'cache', slot: 0 });
  const stream = session.newStreamId();
  const sink = session.send(stream);
  const put = session.call('archive.put', {
    leaseId: 'cache',
    dir: 'src',
    digest,
    compression: 'none',
    stream,
  });
  await sink.write(bytes);
  sink.end();
  await put;
  await session.call('lease.end', { leaseId: 'cache' });
  return digest;
}

async function trivialBuild(session: Session, slot: number, digest: string): Promise<void> {
  const id = ++serial;
  const leaseId = `lease-${id}`;
  await session.call('lease.begin', { leaseId, slot });
  await session.call('archive.unpack', { leaseId, dir: 'src', digest });
  const stream = session.newStreamId();
  const source = session.receive(stream);
  await session.call('run.start', {
    runId: `run-${id}`,
    leaseId,
    command: { shell: 'true' },
    cwd: 'src',
    env: { CROFT_BUILD: 'bench' },
    limits,
    stream,
  });
  for await (const chunk of source) void chunk;
  await session.call('lease.end', { leaseId });
}

async function trivialBuilds(session: Session, slots: number, builds: number, digest: string): Promise<void> {
  const begun = performance.now();
  const before = cpuMs();
  await Promise.all(
    Array.from({ length: slots }, async (_, slot) => {
      for (let count = slot; count < builds; count += slots) await trivialBuild(session, slot, digest);
    }),
  );
  const ms = performance.now() - begun;
  const cpu = (cpuMs() - before) / builds;
  console.log(
    `${slots} slots: ${((builds / ms) * 1000).toFixed(0)} trivial builds/s, agent ${cpu.toFixed(2)} ms CPU each`,
  );
}

async function firstOutput(session: Session, runs: number): Promise<void> {
  await session.call('lease.begin', { leaseId: 'latency', slot: 0 });
  const times: number[] = [];
  for (let count = 0; count < runs; count++) {
    const begun = performance.now();
    const stream = session.newStreamId();
    const source = session.receive(stream);
    const call = session.call('run.start', {
      runId: `latency-${count}`,
      leaseId: 'latency',
      command: { shell: 'echo here' },
      cwd: '',
      env: {},
      limits,
      stream,
    });
    let first = 0;
    for await (const _ of source) first ||= performance.now() - begun;
    await call;
    times.push(first);
  }
  await session.call('lease.end', { leaseId: 'latency' });
  times.sort((left, right) => left - right);
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(2);
  console.log(`from run.start to the first output: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);
}

async function outputSpeed(session: Session, megabytes: number): Promise<void> {
  await session.call('lease.begin', { leaseId: 'speed', slot: 0 });
  const stream = session.newStreamId();
  const source = session.receive(stream);
  const begun = performance.now();
  const call = session.call('run.start', {
    runId: 'speed',
    leaseId: 'speed',
    command: { shell: `head -c ${megabytes * 1024 * 1024} /dev/zero` },
    cwd: '',
    env: {},
    limits,
    stream,
  });
  let bytes = 0;
  for await (const chunk of source) bytes += chunk.length - 8;
  await call;
  const seconds = (performance.now() - begun) / 1000;
  console.log(`output of a run: ${(bytes / 1e6 / seconds).toFixed(0)} MB/s (${bytes} bytes)`);

  const again = session.newStreamId();
  const replay = session.receive(again);
  const start = performance.now();
  await session.call('run.attach', { runId: 'speed', offset: 0, stream: again });
  let replayed = 0;
  for await (const chunk of replay) replayed += chunk.length - 8;
  console.log(`replay of it: ${(replayed / 1e3 / (performance.now() - start)).toFixed(0)} MB/s`);
  await session.call('lease.end', { leaseId: 'speed' });
}

/** User and system time of the agent's process. */
function cpuMs(): number {
  const stat = readFileSync(`/proc/${agent.pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
