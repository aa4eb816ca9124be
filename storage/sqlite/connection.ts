import { Database } from 'bun:sqlite';
import { type BunSQLiteDatabase, drizzle } from 'drizzle-orm/bun-sqlite';
import { translateSqliteError } from './errors.ts';
import { lockDatabase } from './lock.ts';

export interface Connection {
  readonly file: string;
  readonly raw: Database;
  readonly db: BunSQLiteDatabase;
  close(): void;
}

export interface ConnectionOptions {
  /** Sees every statement of the stores; the test of query plans listens here. */
  readonly onQuery?: (sql: string) => void;
}

export const busyTimeoutMs = 100;

/**
 * `busy_timeout` first, or the next one could fail; a wait would freeze the whole loop, so it is short. `synchronous` stays
 * NORMAL: what has to survive the machine is synced by `wal-sync.ts`, outside the loop.
 */
const pragmas = [
  `busy_timeout = ${busyTimeoutMs}`,
  'journal_mode = WAL',
  'foreign_keys = ON',
  'synchronous = NORMAL',
  'wal_autocheckpoint = 4000',
  `journal_size_limit = ${64 * 1024 * 1024}`,
  'cache_size = -65536',
  'temp_store = MEMORY',
] as const;

/** Opens the file for this process alone, and makes it when it is not there. Rejects with `conflict` when another process has it. */
export function openConnection(file: string, options: ConnectionOptions = {}): Connection {
  const lock = lockDatabase(file);
  try {
    const raw = new Database(file, { create: true, readwrite: true, strict: true });
    for (const pragma of pragmas) raw.run(`PRAGMA ${pragma}`);
    const { onQuery } = options;
    const db = drizzle(raw, onQuery === undefined ? {} : { logger: { logQuery: onQuery } });
    return {
      file,
      raw,
      db,
      close() {
        // With `true` every prepared statement goes too; without, the file would stay open behind our back.
        raw.close(true);
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw translateSqliteError(error, `open the database "${file}"`);
  }
}
