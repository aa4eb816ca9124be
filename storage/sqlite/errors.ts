import { SQLiteError } from 'bun:sqlite';
import { FarmError, isFarmError } from '../../agent/wire/farm-error.ts';

/**
 * What SQLite says, in the farm's words. Its messages name tables and columns and never hold values, so they are safe to
 * show; `doing` says what was attempted ("write to the database").
 */
export function translateSqliteError(error: unknown, doing: string): FarmError {
  if (isFarmError(error)) return error;
  if (!(error instanceof SQLiteError)) {
    const message = error instanceof Error ? error.message : String(error);
    return new FarmError('internal', `Cannot ${doing}: ${message}`, { blame: 'farm', cause: error });
  }
  const { code = 'SQLITE_ERROR' } = error;
  const details = { sqlite: code };
  if (code === 'SQLITE_FULL') {
    return new FarmError('disk_full', `Cannot ${doing}: the disk of the database is full; make room on it`, {
      blame: 'farm',
      retry: { afterMs: 5_000 },
      details,
      cause: error,
    });
  }
  if (code === 'SQLITE_CONSTRAINT_FOREIGNKEY') {
    return new FarmError('not_found', `Cannot ${doing}: it refers to something that is not stored`, {
      blame: 'farm',
      details,
      cause: error,
    });
  }
  if (code.startsWith('SQLITE_CONSTRAINT')) {
    return new FarmError('conflict', `Cannot ${doing}: ${error.message}`, {
      blame: 'farm',
      details,
      cause: error,
    });
  }
  const remedy = remedies.find(([prefix]) => code.startsWith(prefix))?.[1] ?? '';
  return new FarmError('storage_failed', `Cannot ${doing}: ${error.message}${remedy}`, {
    blame: 'farm',
    retry: code.startsWith('SQLITE_BUSY') ? 'same' : 'never',
    details,
    cause: error,
  });
}

const remedies: readonly (readonly [prefix: string, remedy: string])[] = [
  ['SQLITE_CORRUPT', '; the file is damaged, restore it from a backup'],
  ['SQLITE_NOTADB', '; the file is no database of Croft, move it away or name another data folder'],
  ['SQLITE_READONLY', '; make the data folder and its files writable'],
  ['SQLITE_CANTOPEN', '; make sure that the data folder exists and is writable'],
  ['SQLITE_BUSY', '; another program holds it'],
];
