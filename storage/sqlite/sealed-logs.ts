import { eq } from 'drizzle-orm';
import type { SealedLogs } from '../../core/logs/ports.ts';
import { sealedLogs } from '../schema/sqlite.ts';
import { sealedLogOf } from './build-rows.ts';
import type { SqliteDatabase } from './database.ts';
import { param } from './statements.ts';

/** Reads what `BuildStore.endAttempt` stored. */
export function createSqliteSealedLogs({ db, read }: SqliteDatabase): SealedLogs {
  const byId = db
    .select()
    .from(sealedLogs)
    .where(eq(sealedLogs.id, param('id')))
    .prepare();
  return {
    sealed: (id) =>
      read(() => {
        const row = byId.get({ id });
        return row === undefined ? null : sealedLogOf(row);
      }),
  };
}
