import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { utimesSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../agent/kit/log.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { createLogs } from '../../core/logs/index.ts';
import { lookAtFolderBlobs } from '../../storage/blobs/folder.ts';
import { pathOfKey } from '../../storage/blobs/folder-layout.ts';
import { checkStorage } from '../../storage/check/check.ts';
import { claimOf, endOf } from '../../storage/conformance/build-store.ts';
import { artifact, joinMachine, newBuild } from '../../storage/conformance/samples.ts';
import { openLogFiles } from '../../storage/logs/files.ts';
import { openKept, put } from '../retention/farm.ts';

const content = 'kept for ever';
const digest = `sha256:${new Bun.CryptoHasher('sha256').update(content).digest('hex')}`;
let dir = '';

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'croft-fsck-'));
  const { stores, blobs, clock } = await openKept(dir);
  await joinMachine(stores.machines, 'm1');
  const logs = createLogs({
    files: await openLogFiles(join(dir, 'logs')),
    sealed: stores.sealedLogs,
    blobs,
    clock,
    log: silentLog,
  });
  for (const id of ['1', '2']) {
    const [build, attempt] = [`b${id}`, `a${id}`];
    await stores.builds.create([newBuild(build)]);
    await stores.builds.claim(claimOf(build, attempt));
    const writer = await logs.open(attempt);
    await writer.append(new Bun.CryptoHasher('sha512').update(id).digest(), 1);
    for (let part = 0; part < 40; part++)
      await writer.append(crypto.getRandomValues(new Uint8Array(8_192)), 1);
    await put(blobs, `artifacts/k${id}`, content);
    await stores.builds.endAttempt(
      endOf(build, attempt, {
        log: await writer.seal(0),
        artifacts: [
          artifact(`art${id}`, attempt, build, {
            blobKey: `artifacts/k${id}`,
            bytes: content.length,
            digest,
          }),
        ],
      }),
    );
    await writer.discard();
  }
  await put(blobs, 'source/croft/t.tar', content);
  await stores.source.saveArchive({
    repo: 'croft',
    tree: 't',
    digest,
    bytes: content.length,
    blobKey: 'source/croft/t.tar',
    createdAt: 5,
  });
  await stores.close();
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const fileOf = (key: string) => pathOfKey(join(dir, 'blobs'), key).file;

async function check(over: { deep?: boolean; repair?: boolean } = {}) {
  const report = await checkStorage({
    dir,
    blobs: lookAtFolderBlobs(join(dir, 'blobs')),
    deep: false,
    repair: false,
    clock: createManualClock(Date.now()),
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...over,
  });
  return { ...report, short: report.findings.map(({ kind, what }) => `${kind} ${what}`).sort() };
}

async function stray(key: string, ageMs: number): Promise<void> {
  const { blobs, stores } = await openKept(dir);
  await put(blobs, key, 'x');
  await stores.close();
  const then = new Date(Date.now() - ageMs);
  utimesSync(fileOf(key), then, then);
}

test('a farm that is whole has no findings', async () => {
  expect(await check({ deep: true })).toMatchObject({ short: [], references: 5, objects: 5, more: 0 });
});

test('also while it works: a look takes no lock, a repair does', async () => {
  const { stores } = await openKept(dir);
  expect((await check()).short).toEqual([]);
  await expect(check({ repair: true })).rejects.toThrow('Another process uses the database');
  await stores.close();
});

test('an object that no row names is one only after an hour, and goes with --repair', async () => {
  await stray('artifacts/young', 60_000);
  await stray('artifacts/old', 2 * 3_600_000);
  await stray('elsewhere', 2 * 3_600_000);
  expect((await check()).short).toEqual(['foreign-object elsewhere', 'orphan-object artifacts/old']);
  await check({ repair: true });
  // What a farm would never name like this may be somebody else's.
  expect((await check()).short).toEqual(['foreign-object elsewhere']);
  expect((await check()).objects).toBe(7);
});

test('what is lost is told, and with --repair pages say so', async () => {
  await rm(fileOf('artifacts/k1'));
  await rm(fileOf('logs/a1/0'));
  await rm(fileOf('source/croft/t.tar'));
  const missing = [
    'missing-object artifacts/k1',
    'missing-object logs/a1/0',
    'missing-object source/croft/t.tar',
  ];
  expect((await check()).short).toEqual(missing);
  expect((await check({ repair: true })).short).toEqual(missing);
  expect((await check({ deep: true })).short).toEqual([]);
  const { stores } = await openKept(dir);
  expect(await stores.builds.artifact('art1')).toMatchObject({
    removed: { policy: 'lost, as croft fsck found' },
  });
  expect((await stores.sealedLogs.removed('a1'))?.removal.policy).toBe('lost, as croft fsck found');
  expect(await stores.source.archive({ repo: 'croft', tree: 't' })).toBeNull();
  await stores.close();
});

test('a wrong size is seen at once, wrong content with --deep', async () => {
  await writeFile(fileOf('artifacts/k1'), 'short');
  await writeFile(fileOf('artifacts/k2'), content.toUpperCase());
  const log = fileOf('logs/a2/0');
  const bytes = new Uint8Array(await Bun.file(log).arrayBuffer());
  bytes[5_000] = (bytes[5_000] ?? 0) ^ 1;
  await writeFile(log, bytes);
  expect((await check()).short).toEqual(['wrong-size artifacts/k1']);
  expect((await check({ deep: true })).short).toEqual([
    'wrong-content artifacts/k1',
    'wrong-content artifacts/k2',
    'wrong-content logs/a2/0',
    'wrong-size artifacts/k1',
  ]);
});

test('rows that contradict each other are told', async () => {
  const database = new Database(join(dir, 'croft.db'));
  database.run("UPDATE builds SET state = 'running' WHERE id = 'b1'");
  database.run("DELETE FROM journal WHERE attempt_id = 'a2' AND seq = 0");
  database.close();
  expect((await check()).short).toEqual([
    'build-without-attempt b1',
    'journal-with-a-gap a2',
    'wrong-count passed',
    'wrong-count running',
  ]);
});
