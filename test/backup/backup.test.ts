import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { backUp } from '../../storage/backup/backup.ts';
import { restore } from '../../storage/backup/restore.ts';
import { openDataFolder } from '../../storage/data-folder.ts';
import { openSqliteStores } from '../../storage/sqlite/stores.ts';
import { fill, openKept } from '../retention/farm.ts';
import { dumpSql } from '../upgrade/sql-dump.ts';

const clock = createSystemClock();
const { signal } = new AbortController();
let root = '';
let data = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'croft-backup-'));
  data = join(root, 'data');
  await mkdir(data);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const quiet = { clock, signal, onProgress: () => undefined };
const save = (to: string) =>
  backUp({ ...quiet, dir: data, to, configFile: null, blobsElsewhere: null, version: '1.2.3' });
const bring = (from: string, over: { dir?: string; force?: boolean } = {}) =>
  restore({ ...quiet, from, dir: join(root, 'new'), force: false, ...over });

/** A small farm, stopped. */
async function smallFarm(): Promise<void> {
  const { stores, blobs } = await openKept(data);
  await fill(stores, blobs, 4);
  await stores.close();
  writeFileSync(join(data, 'admin-token'), 'croft_admin_x\n', { mode: 0o600 });
  writeFileSync(join(data, 'farm.config.json'), '{"repositories":[]}');
  await mkdir(join(data, 'agent', 'slots'), { recursive: true });
  writeFileSync(join(data, 'agent', 'identity.json'), '{"machineId":"m1"}');
  await mkdir(join(data, 'logs'), { recursive: true });
  writeFileSync(join(data, 'logs', 'a9.out'), 'still running');
  writeFileSync(join(data, 'coordinator.log'), 'much');
}

function rowsOf(dir: string): string {
  const database = new Database(join(dir, 'croft.db'));
  const text = dumpSql(database);
  database.close();
  return text;
}

function filesOf(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .filter((name) => !/-lock|-wal|-shm/.test(name))
    .sort();
}

describe.each(['folder', 'backup.tar'])('a backup as %s', (name) => {
  const place = () => join(root, name);

  test('is restored to the same farm, byte by byte', async () => {
    await smallFarm();
    const report = await save(place());
    expect(report).toMatchObject({ missing: [], to: place() });
    expect(await bring(place())).toMatchObject({ movedAside: null, files: report.files, blobs: 'included' });
    const dir = join(root, 'new');
    expect(rowsOf(dir)).toBe(rowsOf(data));
    expect(filesOf(dir)).toEqual(filesOf(data).filter((file) => file !== 'coordinator.log'));
    for (const file of filesOf(dir).filter((each) => each !== 'croft.db'))
      expect([file, readFileSync(join(dir, file), 'utf8')]).toEqual([
        file,
        readFileSync(join(data, file), 'utf8'),
      ]);
  });

  test('one that is damaged anywhere or broken off is refused, and nothing is there', async () => {
    await smallFarm();
    await save(place());
    if (name === 'folder') {
      appendFileSync(join(place(), 'croft.db'), 'x');
      await expect(bring(place())).rejects.toThrow('"croft.db" is damaged');
      await rm(join(place(), 'SHA256SUMS'));
      await expect(bring(place())).rejects.toThrow('it has no SHA256SUMS');
    } else {
      const bytes = readFileSync(place());
      writeFileSync(place(), bytes.subarray(0, bytes.length / 2));
      await expect(bring(place())).rejects.toThrow('no whole backup');
      const flipped = Buffer.from(bytes);
      const at = flipped.indexOf('croft_admin_x');
      flipped[at] = 0x44;
      writeFileSync(place(), flipped);
      await expect(bring(place())).rejects.toThrow('"admin-token" is damaged');
    }
    expect(filesOf(join(root, 'new')).filter((file) => !file.startsWith('.restoring'))).toEqual([]);
  });
});

test('it can be checked with what every system has', async () => {
  await smallFarm();
  await save(join(root, 'folder'));
  const check = Bun.spawnSync(['sha256sum', '--quiet', '--strict', '-c', 'SHA256SUMS'], {
    cwd: join(root, 'folder'),
  });
  expect(check.exitCode).toBe(0);
});

test('no target that is taken, no folder that is none, and no trace of a backup that failed', async () => {
  await smallFarm();
  await expect(save(data)).rejects.toThrow('is there already');
  await expect(
    backUp({
      ...quiet,
      dir: root,
      to: join(root, 'b'),
      configFile: null,
      blobsElsewhere: null,
      version: '1',
    }),
  ).rejects.toThrow('is no data folder');
  await expect(
    backUp({
      ...quiet,
      dir: data,
      to: join(root, 'b'),
      configFile: null,
      blobsElsewhere: null,
      version: '1',
      onProgress: ({ files }) => {
        if (files > 5) throw new Error('enough');
      },
    }),
  ).rejects.toThrow('enough');
  expect(readdirSync(root)).toEqual(['data']);
  expect(readdirSync(data).filter((name) => name.startsWith('.backup'))).toEqual([]);
});

test('an object that is lost is told, and the rest is kept', async () => {
  await smallFarm();
  await rm(join(data, 'blobs', 'artifacts'), { recursive: true });
  const report = await save(join(root, 'folder'));
  expect(report.missing).toContain('artifacts/own0');
  expect(report.missing).toHaveLength(6);
});

describe('restore', () => {
  test('into a folder that is not empty only when forced, and then nothing is lost', async () => {
    await smallFarm();
    await save(join(root, 'folder'));
    const dir = join(root, 'old');
    await mkdir(dir);
    writeFileSync(join(dir, 'precious'), 'x');
    await expect(bring(join(root, 'folder'), { dir })).rejects.toThrow('is not empty (precious');
    const { movedAside } = await bring(join(root, 'folder'), { dir, force: true });
    expect(readFileSync(join(movedAside ?? '', 'precious'), 'utf8')).toBe('x');
    expect(rowsOf(dir)).toBe(rowsOf(data));
  });

  test('not while a coordinator has the folder', async () => {
    await smallFarm();
    await save(join(root, 'folder'));
    const stores = await openSqliteStores({ file: join(data, 'croft.db'), clock, log: silentLog });
    await expect(bring(join(root, 'folder'), { dir: data, force: true })).rejects.toThrow(
      'A coordinator runs on',
    );
    await stores.close();
    await bring(join(root, 'folder'), { dir: data, force: true });
  });

  test('nothing of a newer Croft', async () => {
    await smallFarm();
    await save(join(root, 'folder'));
    const file = join(root, 'folder', 'manifest.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"schemaVersion": \d+/, '"schemaVersion": 99'));
    await expect(bring(join(root, 'folder'))).rejects.toThrow('with schema version 99');
  });

  test('one that was broken off keeps a coordinator away, until it is done', async () => {
    await smallFarm();
    await save(join(root, 'folder'));
    const dir = join(root, 'new');
    await mkdir(dir);
    writeFileSync(join(dir, 'restore-unfinished'), '');
    const openFolder = () => openDataFolder(dir, { pid: 1, newToken: () => 't', isCoordinator: () => false });
    expect(openFolder).toThrow('run croft restore once more');
    await bring(join(root, 'folder'));
    expect(existsSync(join(dir, 'restore-unfinished'))).toBe(false);
    expect(openFolder().adminToken).toBe('croft_admin_x');
  });
});

test('while eight writers write, it holds all that was acknowledged before it and nothing by half', async () => {
  const fixture = join(import.meta.dir, '..', '..', 'storage', 'sqlite', 'crash-fixture.ts');
  const child = Bun.spawn([process.execPath, fixture, join(data, 'croft.db'), '1'], { stdout: 'pipe' });
  const acknowledged: string[] = [];
  const reading = (async () => {
    let text = '';
    for await (const chunk of child.stdout) {
      text += new TextDecoder().decode(chunk);
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      acknowledged.push(...lines);
    }
  })();
  while (acknowledged.length < 2_000) await clock.sleep(20);
  const before = acknowledged.length;
  await save(join(root, 'folder'));
  const during = acknowledged.length - before;
  while (acknowledged.length < before + during + 200) await clock.sleep(20);
  child.kill('SIGKILL');
  await reading;
  await bring(join(root, 'folder'));

  const { builds, sealedLogs, close } = await openSqliteStores({
    file: join(root, 'new', 'croft.db'),
    clock,
    log: silentLog,
  });
  for (const line of acknowledged.slice(0, before)) {
    const [what, id = '', attempt = '', seq = '0'] = line.split(' ');
    const build = await builds.build(id);
    expect([line, build === null]).toEqual([line, false]);
    if (what === 'ended') expect([line, build?.state]).toEqual([line, 'passed']);
    if (what === 'journal') expect((await builds.journal(attempt)).length).toBeGreaterThan(Number(seq));
    if (what === 'ended') expect(await sealedLogs.sealed(attempt)).not.toBeNull();
  }
  for (const { build, attempts, journal } of await builds.unfinished()) {
    expect(build.state === 'running').toBe(attempts.some(({ state }) => state === 'running'));
    expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, index) => index));
  }
  await close();
}, 60_000);
