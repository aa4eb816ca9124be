import { Database, SQLiteError } from 'bun:sqlite';
import { FarmError } from '../../agent/wire/farm-error.ts';
import { translateSqliteError } from './errors.ts';

export interface FileLock {
  release(): void;
}

/**
 * One process a database file. The lock is a write transaction that stays open on a tiny database beside it: the operating
 * system drops it with the process, however that dies, and the real file stays readable by backups and by a shell.
 */
export function lockDatabase(file: string): FileLock {
  const lock = new Database(`${file}-lock`, { create: true, readwrite: true, strict: true });
  try {
    lock.run('PRAGMA busy_timeout = 0');
    lock.run('BEGIN IMMEDIATE');
  } catch (error) {
    lock.close();
    if (error instanceof SQLiteError && error.code?.startsWith('SQLITE_BUSY')) throw heldElsewhere(file);
    throw translateSqliteError(error, `lock the database "${file}"`);
  }
  return { release: () => lock.close() };
}

function heldElsewhere(file: string): FarmError {
  return new FarmError(
    'conflict',
    `Another process uses the database "${file}"; stop it, or name another data folder`,
    { blame: 'caller', details: { file } },
  );
}
