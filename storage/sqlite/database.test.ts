import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { is } from 'drizzle-orm';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { silentLog } from '../../agent/kit/log.ts';
import { createManualClock, type ManualClock } from '../../agent/kit/manual-clock.ts';
import { newBuild } from '../conformance/samples.ts';
import { type Migration, sqliteMigrations } from '../migrations/sqlite/index.ts';
import * as schema from '../schema/sqlite.ts';
import { openSqliteDatabase, type SqliteDatabase } from './database.ts';
import { migrate } from './migrator.ts';
import { openSqliteStores } from './stores.ts';

let dir: string;
let file: string;
let clock: ManualClock;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'croft-db-'));
  file = join(dir, 'deep', 'croft.db');
  clock = createManualClock();
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function openDatabase(): Promise<SqliteDatabase> {
  return openSqliteDatabase({ file, clock, log: silentLog });
}

describe('opening', () => {
  test('makes the folder for its owner only, and sets what a service needs', async () => {
    const database = await openDatabase();
    expect((await stat(join(dir, 'deep'))).mode & 0o777).toBe(0o700);
    const pragma = (name: string) => database.read(() => database.db.get<unknown[]>(`PRAGMA ${name}`)?.[0]);
    expect(await pragma('journal_mode')).toBe('wal');
    expect(await pragma('foreign_keys')).toBe(1);
    expect(await pragma('synchronous')).toBe(1);
    expect(await pragma('busy_timeout')).toBe(100);
    await database.close();
    expect(existsSync(`${file}-wal`)).toBeFalse();
  });

  test('a file that is open elsewhere is refused, and free after closing', async () => {
    const first = await openDatabase();
    await expect(openDatabase()).rejects.toMatchObject({ code: 'conflict', details: { file } });
    const other = Bun.spawnSync([process.execPath, join(import.meta.dir, 'open-fixture.ts'), file]);
    expect(other.stdout.toString()).toStartWith('conflict Another process uses the database');
    await first.close();
    const again = Bun.spawnSync([process.execPath, join(import.meta.dir, 'open-fixture.ts'), file]);
    expect(again.stdout.toString()).toBe('opened\n');
    await (await openDatabase()).close();
  });

  test('a backup may read while we write', async () => {
    const stores = await openSqliteStores({ file, clock, log: silentLog });
    await stores.builds.create([newBuild('b1')]);
    const backup = new Database(file, { readonly: true });
    backup.run(`VACUUM INTO '${join(dir, 'backup.db')}'`);
    backup.close();
    await stores.builds.create([newBuild('b2')]);
    await stores.close();
    const copy = new Database(join(dir, 'backup.db'), { readonly: true });
    expect(copy.query<{ id: string }, []>('SELECT id FROM builds').all()).toEqual([{ id: 'b1' }]);
    copy.close();
  });

  test('what is no database is refused with the way out', async () => {
    await openDatabase().then((database) => database.close());
    await writeFile(file, 'not a database, and long enough to be looked at as one'.repeat(50));
    await expect(openDatabase()).rejects.toMatchObject({
      code: 'storage_failed',
      message: expect.stringContaining('no database of Croft'),
    });
  });

  test('the write-ahead log is emptied in the first pause', async () => {
    const stores = await openSqliteStores({ file, clock, log: silentLog });
    await stores.builds.create([newBuild('b1')]);
    expect((await stat(`${file}-wal`)).size).toBeGreaterThan(0);
    await clock.advance(1_500);
    await stores.builds.create([newBuild('b2')]);
    await clock.advance(600);
    expect((await stat(`${file}-wal`)).size).toBeGreaterThan(0);
    await clock.advance(2_000);
    expect((await stat(`${file}-wal`)).size).toBe(0);
    expect(clock.waiting).toBe(0);
    await stores.close();
  });
});

describe('migrations', () => {
  const later: Migration = {
    number: sqliteMigrations.length,
    name: 'later',
    sql: 'CREATE TABLE later (id text) STRICT;',
  };

  test('every file of the folder is embedded, in order', async () => {
    const folder = join(import.meta.dir, '..', 'migrations', 'sqlite');
    const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
    expect(sqliteMigrations.map((migration) => `${migration.name}.sql`)).toEqual(files);
    expect(sqliteMigrations.map((migration) => migration.number)).toEqual(files.map((_, i) => i));
    for (const migration of sqliteMigrations) {
      expect(migration.sql).toBe(await readFile(join(folder, `${migration.name}.sql`), 'utf8'));
    }
  });

  test('they give the tables of the schema, all of them strict', async () => {
    const database = new Database(':memory:');
    migrate(database, sqliteMigrations, 0);
    for (const table of Object.values(schema).filter((each) => is(each, SQLiteTable))) {
      const { name, columns, indexes } = getTableConfig(table);
      const stored = database
        .query<{ name: string; notnull: number }, []>(`PRAGMA table_info(${name})`)
        .all();
      expect(stored.map((column) => column.name)).toEqual(columns.map((column) => column.name));
      expect(stored.map((column) => column.notnull === 1)).toEqual(columns.map((column) => column.notNull));
      const storedIndexes = database.query<{ name: string }, []>(`PRAGMA index_list(${name})`).all();
      expect(storedIndexes.map((index) => index.name)).toEqual(
        expect.arrayContaining(indexes.map((index) => index.config.name)),
      );
    }
    const loose = database
      .query<{ name: string }, []>("SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0")
      .all()
      .filter((row) => !row.name.startsWith('sqlite_'));
    expect(loose).toEqual([]);
    database.close();
  });

  test('applied ones are not applied again, later ones are', () => {
    const database = new Database(':memory:');
    expect(migrate(database, sqliteMigrations, 0)).toEqual({ applied: sqliteMigrations.length });
    expect(migrate(database, sqliteMigrations, 0)).toEqual({ applied: 0 });
    expect(migrate(database, [...sqliteMigrations, later], 5)).toEqual({ applied: 1 });
    database.close();
  });

  test('a newer database is refused, naming both versions', () => {
    const database = new Database(':memory:');
    migrate(database, [...sqliteMigrations, later], 0);
    const known = sqliteMigrations.length;
    expect(() => migrate(database, sqliteMigrations, 0)).toThrow(
      `The database has schema version ${known + 1}, and this Croft knows versions up to ${known}`,
    );
    database.close();
  });

  test('one that was edited after it was applied, and one that was slipped in, are refused', () => {
    const database = new Database(':memory:');
    migrate(database, [...sqliteMigrations, later], 0);
    const edited = [...sqliteMigrations, { ...later, sql: `${later.sql} ` }];
    expect(() => migrate(database, edited, 0)).toThrow('is not the one that this Croft has');
    const slipped = [...sqliteMigrations, { ...later, name: 'slipped-in' }, { ...later, number: 2 }];
    expect(() => migrate(database, slipped, 0)).toThrow('("slipped-in")');
    const crlf = sqliteMigrations.map((each) => ({ ...each, sql: each.sql.replaceAll('\n', '\r\n') }));
    expect(migrate(database, [...crlf, later], 0)).toEqual({ applied: 0 });
    database.close();
  });

  test('one that fails leaves nothing behind', () => {
    const database = new Database(':memory:');
    const broken = { ...later, sql: `${later.sql}\n--> statement-breakpoint\nCREATE NONSENSE;` };
    expect(() => migrate(database, [...sqliteMigrations, broken], 0)).toThrow();
    expect(migrate(database, [...sqliteMigrations, later], 0)).toEqual({ applied: 1 });
    database.close();
  });
});
