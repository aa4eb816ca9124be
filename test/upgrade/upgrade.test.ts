/** What people have on their disks from every released schema opens with all that is in it. */
import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../agent/kit/log.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { hash, noon } from '../../storage/conformance/samples.ts';
import { sqliteMigrations } from '../../storage/migrations/sqlite/index.ts';
import { openSqliteStores } from '../../storage/sqlite/stores.ts';
import { dumpSql } from './sql-dump.ts';

const golden = join(import.meta.dir, 'golden');
const released = readdirSync(golden).filter((name) => name.endsWith('.sql'));
let dir = '';

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'croft-upgrade-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function restored(name: string): string {
  const file = join(dir, 'croft.db');
  const database = new Database(file, { create: true, readwrite: true });
  database.run(readFileSync(join(golden, name), 'utf8'));
  database.close();
  return file;
}

const open = (file: string) => openSqliteStores({ file, clock: createManualClock(noon), log: silentLog });

/** Columns of tables, what indexes are of, and which conditions they have. */
function shapeOf(file: string): unknown {
  const database = new Database(file, { readonly: true });
  const names = database
    .query<{ name: string }, []>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .all();
  const shape = names.map(({ name }) => [
    name,
    database.query(`PRAGMA table_info("${name}")`).all(),
    database.query(`PRAGMA foreign_key_list("${name}")`).all(),
  ]);
  const indexes = database
    .query("SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name")
    .all();
  database.close();
  return [shape, indexes];
}

function rowsOf(file: string, query: string): unknown[] {
  const database = new Database(file, { readonly: true });
  const rows = database.query(query).all();
  database.close();
  return rows;
}

async function expectAllThere(file: string): Promise<void> {
  const { builds, sealedLogs, machines, source, tokens, close } = await open(file);
  const [passed, unfinished, artifacts, log] = await Promise.all([
    builds.build('passed'),
    builds.unfinished(),
    builds.artifacts('large'),
    sealedLogs.sealed('a2'),
  ]);
  expect(passed).toMatchObject({ state: 'passed', attempts: 1, repo: 'croft' });
  expect(unfinished.map(({ build }) => [build.id, build.state])).toEqual([
    ['running', 'running'],
    ['waiting', 'waiting'],
  ]);
  expect(unfinished[0]?.journal.map(({ step }) => step)).toEqual(['plan', 'plan', 'run:0']);
  expect(artifacts.map(({ id, removed }) => [id, removed])).toEqual([
    ['art2', null],
    ['art3', null],
  ]);
  expect(log).toMatchObject({ bytes: 9_000_000, content: { kind: 'blob', key: 'logs/a2/0' } });
  expect((await sealedLogs.sealed('a1'))?.content.kind).toBe('inline');
  expect((await machines.machines()).map(({ id }) => id)).toEqual(['m1', 'm2']);
  expect(await machines.openLeases()).toHaveLength(1);
  expect((await source.state('croft'))?.heads).toEqual([{ branch: 'main', hash: hash(3) }]);
  expect(await source.archive({ repo: 'croft', tree: hash(1_000_001) })).toMatchObject({ bytes: 10_240 });
  expect(await tokens.list()).toHaveLength(1);
  expect(await builds.counts()).toMatchObject({ passed: 2, running: 1, waiting: 1 });
  await close();
  expect(rowsOf(file, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  expect(rowsOf(file, 'PRAGMA foreign_key_check')).toEqual([]);
}

test('there is a golden database of every schema that was released', () => {
  expect(released).toContain('schema-1.sql');
});

for (const name of released) {
  describe(name, () => {
    test('opens with everything that was in it, and then is what a new one is', async () => {
      const file = restored(name);
      await expectAllThere(file);
      const fresh = join(dir, 'fresh.db');
      await (await open(fresh)).close();
      expect(shapeOf(file)).toEqual(shapeOf(fresh));
    });

    test('keeps the age of artifacts for retention', async () => {
      const stores = await open(restored(name));
      const kept = await stores.retention.oldest({ kind: 'artifacts', after: null, limit: 10 });
      expect(kept.map(({ at }) => at)).toEqual([noon + 5_000, noon + 5_000, noon + 5_000]);
      await stores.close();
    });

    test('a process killed before any statement of the migration leaves a database that opens', async () => {
      const fixture = join(import.meta.dir, 'kill-fixture.ts');
      let killed = 0;
      for (let n = 0; ; n++) {
        const file = restored(name);
        const child = Bun.spawn([process.execPath, fixture, file, String(n)], { stderr: 'inherit' });
        await child.exited;
        if (child.signalCode === 'SIGKILL') killed++;
        await expectAllThere(file);
        await rm(dir, { recursive: true });
        dir = await mkdtemp(join(tmpdir(), 'croft-upgrade-'));
        if (child.signalCode === null) break;
      }
      expect(killed).toBeGreaterThanOrEqual(sqliteMigrations.length);
    }, 60_000);

    test('the dump of what the golden file makes is the golden file', () => {
      const database = new Database(restored(name), { readonly: true });
      expect(dumpSql(database)).toBe(readFileSync(join(golden, name), 'utf8'));
      database.close();
    });
  });
}

test('a database of a newer Croft is refused, and left as it is', async () => {
  const file = restored('schema-1.sql');
  await (await open(file)).close();
  const database = new Database(file);
  const number = sqliteMigrations.length;
  database.run('INSERT INTO schema_migrations (number, name, hash, applied_at) VALUES (?, ?, ?, ?)', [
    number,
    'of-the-future',
    'x',
    1,
  ]);
  const before = dumpSql(database);
  database.close();
  await expect(open(file)).rejects.toThrow(
    `The database has schema version ${number + 1}, and this Croft knows versions up to ${number}; start the newer Croft`,
  );
  const after = new Database(file, { readonly: true });
  expect(dumpSql(after)).toBe(before);
  after.close();
});
