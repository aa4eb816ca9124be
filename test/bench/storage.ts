/**
 * Figures of storage on this machine: `bun test/bench/storage.ts [builds]`. Everything is real: files, fsync, git, and S3 when
 * versitygw is found. It needs some 2 GB below the temporary folder for a moment.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { silentLog } from '../../agent/kit/log.ts';
import type { BlobStore } from '../../core/blobs/ports.ts';
import type { BuildQuery } from '../../core/builds/ports.ts';
import { openS3Blobs } from '../../storage/blobs/s3.ts';
import { chunksOf, patternOf } from '../../storage/conformance/blobs.ts';
import { claimOf, endOf } from '../../storage/conformance/build-store.ts';
import {
  commit,
  entry,
  hash,
  joinMachine,
  newBuild,
  noon,
  sealedLog,
} from '../../storage/conformance/samples.ts';
import { makeTestRepo } from '../../storage/git/testing/repo.ts';
import { openStorage, type Storage } from '../../storage/open.ts';
import { findTool } from '../tools/find-tool.ts';
import { startVersitygw } from '../tools/versitygw.ts';

const builds = Number(process.argv[2] ?? 100_000);
const clock = createSystemClock();
const dir = await mkdtemp(join(tmpdir(), 'croft-bench-'));

function report(what: string, figure: string): void {
  console.log(`${what.padEnd(58)} ${figure}`);
}

interface Measured {
  readonly ms: number;
  readonly cpuMs: number;
  /** Longest time in which the loop did nothing else. */
  readonly blockedMs: number;
}

async function measure(action: () => Promise<unknown>): Promise<Measured> {
  let blockedMs = 0;
  let last = performance.now();
  const watch = setInterval(() => {
    const now = performance.now();
    blockedMs = Math.max(blockedMs, now - last - 1);
    last = now;
  }, 1);
  const cpu = process.cpuUsage();
  const start = performance.now();
  await action();
  const ms = performance.now() - start;
  const used = process.cpuUsage(cpu);
  clearInterval(watch);
  return { ms, cpuMs: (used.user + used.system) / 1_000, blockedMs };
}

const perSecond = (count: number, ms: number) => `${Math.round((count / ms) * 1_000)}/s`;
const megabytes = (bytes: number, ms: number) => `${Math.round(bytes / ms / 1_000)} MB/s`;

/** The writes of one build: claim, three appends to the journal, end with a small log. */
async function liveThrough({ buildStore }: Storage, index: number, slot: number): Promise<void> {
  const [id, attempt] = [`b${index}`, `a${index}`];
  await buildStore.claim(claimOf(id, attempt, { slot, at: noon + index, journal: [entry(attempt, 0)] }));
  for (let seq = 1; seq < 4; seq++) await buildStore.appendJournal([entry(attempt, seq)]);
  const log = sealedLog(attempt, { content: { kind: 'inline', data: patternOf(2_000) } });
  await buildStore.endAttempt(
    endOf(id, attempt, { at: noon + index + 60_000, journal: [entry(attempt, 4)], log, artifacts: [] }),
  );
}

async function database(storage: Storage): Promise<void> {
  await joinMachine(storage.machineStore, 'm1');
  const fresh = Array.from({ length: builds }, (_, i) =>
    newBuild(`b${i}`, {
      commit: hash(1 + Math.floor(i / 30)),
      builder: `builder-${i % 30}`,
      position: Math.floor(i / 30),
      createdAt: noon + i,
      trigger: 'commit',
    }),
  );
  const creating = await measure(async () => {
    for (let at = 0; at < builds; at += 100) await storage.buildStore.create(fresh.slice(at, at + 100));
  });
  report('create, 100 at a time', perSecond(builds, creating.ms));

  const paced = Math.min(900, builds);
  const steady = await measure(async () => {
    const start = performance.now();
    await Promise.all(
      Array.from({ length: paced }, async (_, i) => {
        await clock.sleep(start + (i * 1_000) / 300 - performance.now());
        await liveThrough(storage, i, i);
      }),
    );
  });
  report(
    '300 builds/s (5 writes each): share of one core',
    `${Math.round((steady.cpuMs / steady.ms) * 100)} %`,
  );

  let next = paced;
  const chain = async (slot: number): Promise<void> => {
    while (next < builds) await liveThrough(storage, next++, slot);
  };
  const loaded = await measure(() => Promise.all(Array.from({ length: 64 }, (_, i) => chain(i))));
  report('write methods, 64 in flight', perSecond((builds - paced) * 5, loaded.ms));
  report('  longest hold of the loop', `${loaded.blockedMs.toFixed(1)} ms`);

  const { buildStore } = storage;
  const idle: number[] = [];
  for (let i = 0; i < 200; i++) {
    idle.push((await measure(() => buildStore.create([newBuild(`idle-${i}`)]))).ms);
  }
  report('one write when idle, synced (median)', `${idle.sort((a, b) => a - b)[100]?.toFixed(2)} ms`);
  await queries(storage);
}

async function queries({ buildStore, sourceStore, machineStore }: Storage): Promise<void> {
  const time = async (what: string, action: () => Promise<unknown>): Promise<void> => {
    await action();
    report(`  ${what}`, `${(await measure(action)).ms.toFixed(2)} ms`);
  };
  report(`reads with ${builds} builds`, '');
  const filters: Omit<BuildQuery, 'limit'>[] = [
    {},
    { state: 'failed' },
    { repo: 'croft', builder: 'builder-3' },
    { repo: 'croft', builder: 'builder-3', state: 'error' },
    { commit: hash(5) },
  ];
  for (const filter of filters) {
    await time(`newest 50 builds ${JSON.stringify(filter).slice(0, 40)}`, () =>
      buildStore.builds({ ...filter, limit: 50 }),
    );
  }
  const commits = Array.from({ length: 100 }, (_, i) => hash(i + 1));
  await time('cells of 100 commits (3,000 builds)', () => buildStore.cells({ repo: 'croft', commits }));
  await time('counts', () => buildStore.counts());
  await time('durations(50)', () => buildStore.durations(50));
  await time('verdicts(200)', () => buildStore.verdicts(200));
  await time('unfinished', () => buildStore.unfinished());
  await time('reliability of 30 days', () => machineStore.reliability(noon - 30 * 86_400_000));
  const places = Array.from({ length: Math.floor(builds / 30) }, (_, i) => commit(i + 1));
  await sourceStore.recordCommits({ repo: 'croft', branch: 'main', head: '', commits: places, seenAt: noon });
  const unbuilt = { repo: 'croft', branch: 'main', builder: 'builder-1', from: places.length - 100 };
  await time('unbuilt, newest 100', () => sourceStore.unbuilt(unbuilt));
}

async function logs({ logFiles }: Storage): Promise<void> {
  for (const [bytes, inFlight] of [
    [64 * 1024, 1],
    [64 * 1024, 8],
    [1024 * 1024, 1],
  ] as const) {
    const file = await logFiles.open('bench');
    const chunk = patternOf(bytes);
    const count = Math.floor(512e6 / bytes);
    let sent = 0;
    const { ms, blockedMs } = await measure(() =>
      Promise.all(
        Array.from({ length: inFlight }, async () => {
          while (sent++ < count) await file.append(chunk, sent);
        }),
      ),
    );
    const figure = `${megabytes(count * bytes, ms)}, loop held ${blockedMs.toFixed(1)} ms`;
    report(`log appends of ${bytes / 1024} KiB, ${inFlight} in flight`, figure);
    await file.close();
    await logFiles.remove('bench');
  }
  let made = 0;
  const small = await measure(() =>
    Promise.all(
      Array.from({ length: 8 }, async () => {
        while (made < 2_000) {
          const id = `small-${made++}`;
          const file = await logFiles.open(id);
          await file.append(patternOf(2_000), 1);
          await file.append(patternOf(2_000), 2);
          await file.close();
          await logFiles.remove(id);
        }
      }),
    ),
  );
  report('small logs: open, two appends, close, remove', perSecond(2_000, small.ms));
}

async function blobs(what: string, store: BlobStore): Promise<void> {
  const large = patternOf(100_000_000);
  const chunks = Array.from({ length: 400 }, (_, i) => large.subarray(i * 250_000, (i + 1) * 250_000));
  const put = await measure(() => store.put('large', chunksOf(...chunks)));
  const get = await measure(async () => {
    for await (const _ of store.get('large'));
  });
  report(`${what}: put and get 100 MB`, `${megabytes(1e8, put.ms)}, ${megabytes(1e8, get.ms)}`);
  let next = 0;
  const small = await measure(() =>
    Promise.all(
      Array.from({ length: 16 }, async () => {
        while (next < 500) await store.put(`small/${next++}`, chunksOf('some bytes'));
      }),
    ),
  );
  report(`${what}: small puts, 16 at once`, perSecond(500, small.ms));
}

async function git({ mirrors }: Storage): Promise<void> {
  const origin = await makeTestRepo(join(dir, 'origin'));
  for (let i = 0; i < 50; i++) await origin.write(`f${i}`, `file ${i}`);
  const head = origin.commit('first');
  const target = { name: 'bench', url: origin.dir };
  await mirrors.update(target);
  const each = async (what: string, count: number, action: () => Promise<unknown>): Promise<void> => {
    const { ms } = await measure(async () => {
      for (let i = 0; i < count; i++) await action();
    });
    report(`git: ${what}`, `${(ms / count).toFixed(2)} ms`);
  };
  await each('update with nothing new', 20, () => mirrors.update(target));
  await each('resolve a branch', 200, () => mirrors.resolve('bench', 'main'));
  await each('read a file', 200, () => mirrors.readFile('bench', head, 'f7', 1_000));
  await each('log of one commit', 50, () => mirrors.log('bench', { from: head, without: [], limit: 1 }));
}

const storage = await openStorage({
  dir: join(dir, 'data'),
  clock,
  log: silentLog,
  blobs: { kind: 'folder' },
  configFile: null,
  environment: { PATH: process.env['PATH'] },
});
try {
  await database(storage);
  await logs(storage);
  await blobs('folder', storage.blobs);
  await git(storage);
  const program = findTool('versitygw');
  if (program.found) {
    const server = await startVersitygw(program.path, ['bench']);
    const access = { region: 'us-east-1', bucket: 'bench', prefix: '', pathStyle: true };
    const s3 = await openS3Blobs({ ...server, ...access }, { clock, log: silentLog });
    await blobs('S3 (versitygw)', s3);
    s3.close();
    await server.stop();
  } else report('S3', `left out: ${program.why}`);
} finally {
  await storage.close();
  await rm(dir, { recursive: true, force: true });
}
