import type { BuildStore } from '../../core/builds/ports.ts';
import { createBuildHistory } from './build-history.ts';
import { createBuildReads } from './build-reads.ts';
import { createBuildTransitions } from './build-transitions.ts';
import type { SqliteDatabase } from './database.ts';

/** Builds, attempts, journals, artifacts and sealed logs. Every method is one transaction. */
export function createSqliteBuildStore(database: SqliteDatabase): BuildStore {
  const transitions = createBuildTransitions(database);
  const { write } = database;
  return {
    ...createBuildReads(database),
    ...createBuildHistory(database),
    create: (builds) => write('result', () => builds.map(transitions.create)),
    claim: (op) => write('progress', () => transitions.claim(op)),
    appendJournal: (entries) => write('progress', () => transitions.appendJournal(entries)),
    endAttempt: (op) => write('result', () => transitions.endAttempt(op)),
    cancel: (op) => write('result', () => transitions.cancel(op)),
  };
}
