import { Database } from 'bun:sqlite';
import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../agent/kit/log.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { createCheckpointer } from './checkpointer.ts';
import { openConnection } from './connection.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'croft-checkpoint-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('it never waits for a reader of another process, and comes back to it', async () => {
  const file = join(dir, 'croft.db');
  const connection = openConnection(file);
  const { raw } = connection;
  raw.run('CREATE TABLE t (a)');
  const timeouts: unknown[] = [];
  const run = raw.run.bind(raw);
  raw.run = (sql: string, ...values) => {
    if (sql.includes('wal_checkpoint')) timeouts.push(raw.query('PRAGMA busy_timeout').get());
    return run(sql, ...values);
  };
  const clock = createManualClock();
  const checkpointer = createCheckpointer({ raw, clock, log: silentLog });
  const reader = new Database(file, { readonly: true });
  reader.run('BEGIN');
  reader.query('SELECT * FROM t').all();
  raw.run('INSERT INTO t VALUES (1)');
  checkpointer.committed();
  await clock.advance(2_000);
  expect(timeouts).toEqual([{ timeout: 0 }]);
  expect(raw.query('PRAGMA busy_timeout').get()).toEqual({ timeout: 100 });
  expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
  reader.run('COMMIT');
  reader.close();
  raw.run('INSERT INTO t VALUES (2)');
  checkpointer.committed();
  await clock.advance(2_000);
  expect(existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0).toBe(0);
  checkpointer.stop();
  connection.close();
});
