/**
 * Writes the golden database of the newest schema, before a release: a small farm with something in every table.
 *
 *   bun test/upgrade/make-golden.ts
 *
 * The file of a schema that was released is never written again: it is what people have on their disks.
 */
import { Database } from 'bun:sqlite';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../agent/kit/log.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { claimOf, endOf } from '../../storage/conformance/build-store.ts';
import {
  artifact,
  commit,
  entry,
  hash,
  joinMachine,
  newBuild,
  noon,
  sealedLog,
} from '../../storage/conformance/samples.ts';
import { sqliteMigrations } from '../../storage/migrations/sqlite/index.ts';
import { openSqliteStores } from '../../storage/sqlite/stores.ts';
import { dumpSql } from './sql-dump.ts';

const golden = join(import.meta.dir, 'golden', `schema-${sqliteMigrations.length}.sql`);
if (existsSync(golden) && !process.argv.includes('--again')) {
  throw new Error(`${golden} is there; with --again it is written anew, which only an unreleased one may be`);
}

const dir = await mkdtemp(join(tmpdir(), 'croft-golden-'));
try {
  const file = join(dir, 'croft.db');
  await fill(file);
  const database = new Database(file);
  database.run('PRAGMA wal_checkpoint(TRUNCATE)');
  await writeFile(golden, dumpSql(database));
  database.close();
} finally {
  await rm(dir, { recursive: true });
}

async function fill(file: string): Promise<void> {
  const stores = await openSqliteStores({ file, clock: createManualClock(noon), log: silentLog });
  const { builds, machines, source, tokens } = stores;
  await joinMachine(machines, 'm1');
  await joinMachine(machines, 'm2');
  await machines.addEvents([{ machineId: 'm1', at: noon, kind: 'connected', text: 'from 192.0.2.7' }]);
  await tokens.create({
    hash: 'hash-of-token',
    token: {
      id: 'tok1',
      name: 'ci',
      scopes: ['read', 'build'],
      createdAt: noon,
      expiresAt: null,
      lastUsedAt: null,
    },
  });
  await source.recordCheck({ repo: 'croft', at: noon, error: null, defaultBranch: 'main' });
  const commits = [1, 2, 3].map((number) => commit(number));
  await source.recordCommits({ repo: 'croft', branch: 'main', head: hash(3), commits, seenAt: noon });
  await source.saveArchive({
    repo: 'croft',
    tree: hash(1_000_001),
    digest: `sha256:${'a'.repeat(64)}`,
    bytes: 10_240,
    blobKey: `source/croft/${hash(1_000_001)}.tar`,
    createdAt: noon,
  });
  await builds.create(['passed', 'large', 'running', 'waiting'].map((id) => newBuild(id)));
  await builds.claim(claimOf('passed', 'a1'));
  await builds.endAttempt(endOf('passed', 'a1'));
  await builds.claim(claimOf('large', 'a2'));
  await builds.endAttempt(
    endOf('large', 'a2', {
      log: sealedLog('a2', { bytes: 9_000_000, lines: 90_000, content: { kind: 'blob', key: 'logs/a2/0' } }),
      artifacts: [artifact('art2', 'a2', 'large'), artifact('art3', 'a2', 'large')],
    }),
  );
  await builds.claim(claimOf('running', 'a3', { machineId: 'm2' }));
  await builds.appendJournal([entry('a3', 1), entry('a3', 2, { step: 'run:0', data: { logAt: 12 } })]);
  await stores.close();
}
