import { eq } from 'drizzle-orm';
import type { SealedLogs } from '../../core/logs/ports.ts';
import { removedLogs, sealedLogs } from '../schema/sqlite.ts';
import { sealedLogOf } from './build-rows.ts';
import type { SqliteDatabase } from './database.ts';
import { param } from './statements.ts';

/** Reads what `BuildStore.endAttempt` stored, and what `RetentionStore.letGo` left of it. */
export function createSqliteSealedLogs({ db, read }: Pick<SqliteDatabase, 'db' | 'read'>): SealedLogs {
  const byId = db
    .select()
    .from(sealedLogs)
    .where(eq(sealedLogs.id, param('id')))
    .prepare();
  const removedById = db
    .select()
    .from(removedLogs)
    .where(eq(removedLogs.id, param('id')))
    .prepare();
  return {
    sealed: (id) =>
      read(() => {
        const row = byId.get({ id });
        return row === undefined ? null : sealedLogOf(row);
      }),
    removed: (id) =>
      read(() => {
        const row = removedById.get({ id });
        if (row === undefined) return null;
        const { bytes, lines, droppedBytes, removedAt, removedBy } = row;
        return { bytes, lines, droppedBytes, removal: { at: removedAt, policy: removedBy } };
      }),
  };
}
