/** The open database as the stores use it: reads at once, writes through the one writer. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { BunSQLiteDatabase } from 'drizzle-orm/bun-sqlite';
import type { Clock } from '../../agent/kit/clock.ts';
import type { Log } from '../../agent/kit/log.ts';
import { type Tell, untold } from '../../core/facts/index.ts';
import type { DatabaseProbe } from '../../core/health/ports.ts';
import { syncFolder } from '../disk/sync-folder.ts';
import { sqliteMigrations } from '../migrations/sqlite/index.ts';
import { createCheckpointer } from './checkpointer.ts';
import { type Connection, type ConnectionOptions, openConnection } from './connection.ts';
import { translateSqliteError } from './errors.ts';
import { migrate } from './migrator.ts';
import { createDatabaseProbe } from './probe.ts';
import { openWalSync } from './wal-sync.ts';
import { createWriter, type Durability } from './writer.ts';

export interface SqliteDatabase {
  /** For preparing statements; they run only inside `read` and `write`. */
  readonly db: BunSQLiteDatabase;
  /** Sees what is committed. */
  read<T>(body: () => T): Promise<T>;
  /** One transaction: all of `body` or nothing. `body` must not wait for anything. */
  write<T>(durability: Durability, body: () => T): Promise<T>;
  readonly probe: DatabaseProbe;
  close(): Promise<void>;
}

export interface SqliteOptions extends ConnectionOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly tell?: Tell;
}

/**
 * Opens the file, migrates it, and holds it for this process alone. Rejects with `conflict` when another process has it or a
 * newer Croft wrote it.
 */
export async function openSqliteDatabase(options: SqliteOptions): Promise<SqliteDatabase> {
  const { file, clock, log } = options;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const connection = openConnection(file, options);
  try {
    const { applied } = migrate(connection.raw, sqliteMigrations, clock.now());
    if (applied > 0) log.info('storage.migrated', { file, applied });
    await syncFolder(dirname(file));
    return await serve(connection, options);
  } catch (error) {
    connection.close();
    throw translateSqliteError(error, `open the database "${file}"`);
  }
}

async function serve(connection: Connection, options: SqliteOptions): Promise<SqliteDatabase> {
  const { clock, log, tell = untold } = options;
  const { raw } = connection;
  const walSync = await openWalSync(connection.file);
  const checkpointer = createCheckpointer({ raw, clock, log });
  const writer = createWriter({ raw, walSync, clock, tell, onCommit: checkpointer.committed });
  return {
    db: connection.db,
    async read(body) {
      try {
        return body();
      } catch (error) {
        throw translateSqliteError(error, 'read from the database');
      }
    },
    write: writer.write,
    probe: createDatabaseProbe(writer),
    async close() {
      await writer.close();
      checkpointer.stop();
      await walSync.close();
      connection.close();
    },
  };
}
