import { and, asc, eq, gt, isNull, sql } from 'drizzle-orm';
import type { BunSQLiteDatabase } from 'drizzle-orm/bun-sqlite';
import type { KeptInDatabase, RetentionStore } from '../../core/retention/ports.ts';
import type { KeptItem } from '../../core/retention/types.ts';
import {
  artifacts,
  attempts,
  builds,
  journal,
  removedLogs,
  sealedLogs,
  sourceArchives,
  unwantedBlobs,
} from '../schema/sqlite.ts';
import type { SqliteDatabase } from './database.ts';
import { given, inserterIfMissing, param } from './statements.ts';

type Removal = Parameters<RetentionStore['letGo']>[0]['removal'];
type LetGo = (id: string, removal: Removal) => string | null;

/** What grows, oldest first, and the ways in which it goes. Every method is one transaction. */
export function createSqliteRetentionStore({ db, read, write }: SqliteDatabase): RetentionStore {
  const statements = prepareRetention(db);
  const oldest = prepareOldest(db);
  const letGo: Readonly<Record<KeptInDatabase, LetGo>> = {
    logs(id, { at, policy }) {
      const log = statements.removeLog.get({ id });
      if (log === undefined) return null;
      const { bytes, lines, droppedBytes, blobKey } = log;
      statements.rememberLog({ id, bytes, lines, droppedBytes, removedAt: at, removedBy: policy });
      return blobKey;
    },
    artifacts: (id, { at, policy }) => statements.removeArtifact.get({ id, at, policy })?.blobKey ?? null,
    archives(id) {
      const [repo = '', tree = ''] = id.split(' ');
      return statements.removeArchive.get({ repo, tree })?.blobKey ?? null;
    },
  };

  return {
    oldest: ({ kind, after, limit }) =>
      read(() => {
        const { at, id } = after ?? { at: -1, id: '' };
        return oldest[kind].all({ at, id, limit });
      }),
    letGo: ({ kind, ids, removal }) =>
      write('result', () => {
        for (const id of ids) {
          const key = letGo[kind](id, removal);
          if (key !== null) statements.unwant({ key, since: removal.at });
        }
      }),
    unwanted: (limit) => read(() => statements.unwanted.all({ limit }).map(({ key }) => key)),
    isWanted: (key) =>
      read(
        () =>
          statements.logOf.get({ key }) !== undefined ||
          statements.artifactOf.get({ key }) !== undefined ||
          statements.archiveOf.get({ key }) !== undefined ||
          statements.journalOf.get({ key }) !== undefined,
      ),
    settled: (key) => write('progress', () => statements.settle.run({ key })),
  };
}

type Oldest = { all(values: Record<string, unknown>): KeptItem[] };

function prepareOldest(db: BunSQLiteDatabase): Readonly<Record<KeptInDatabase, Oldest>> {
  const archiveId = sql<string>`${sourceArchives.repo} || ' ' || ${sourceArchives.tree}`;
  return {
    logs: db
      .select({ id: sealedLogs.id, at: sealedLogs.sealedAt, bytes: sealedLogs.bytes })
      .from(sealedLogs)
      .where(sql`(${sealedLogs.sealedAt}, ${sealedLogs.id}) > (${param('at')}, ${param('id')})`)
      .orderBy(asc(sealedLogs.sealedAt), asc(sealedLogs.id))
      .limit(param('limit'))
      .prepare(),
    artifacts: db
      .select({ id: artifacts.id, at: artifacts.keptAt, bytes: artifacts.bytes })
      .from(artifacts)
      .where(
        and(
          isNull(artifacts.removedAt),
          sql`(${artifacts.keptAt}, ${artifacts.id}) > (${param('at')}, ${param('id')})`,
        ),
      )
      .orderBy(asc(artifacts.keptAt), asc(artifacts.id))
      .limit(param('limit'))
      .prepare(),
    // A name has no blank in it, so the order by both columns is the order of the ids.
    archives: db
      .select({ id: archiveId, at: sourceArchives.createdAt, bytes: sourceArchives.bytes })
      .from(sourceArchives)
      .where(
        sql`(${sourceArchives.createdAt}, ${sourceArchives.repo}, ${sourceArchives.tree}) > (
          ${param('at')},
          substr(${param('id')}, 1, max(instr(${param('id')}, ' ') - 1, 0)),
          substr(${param('id')}, instr(${param('id')}, ' ') + 1))`,
      )
      .orderBy(asc(sourceArchives.createdAt), asc(sourceArchives.repo), asc(sourceArchives.tree))
      .limit(param('limit'))
      .prepare(),
  };
}

function prepareRetention(db: BunSQLiteDatabase) {
  const running = and(eq(builds.state, sql`'running'`), eq(attempts.state, sql`'running'`));
  return {
    removeLog: db
      .delete(sealedLogs)
      .where(eq(sealedLogs.id, param('id')))
      .returning({
        bytes: sealedLogs.bytes,
        lines: sealedLogs.lines,
        droppedBytes: sealedLogs.droppedBytes,
        blobKey: sealedLogs.blobKey,
      })
      .prepare(),
    rememberLog: inserterIfMissing(db, removedLogs),
    removeArtifact: db
      .update(artifacts)
      .set({ removedAt: given('at'), removedBy: given('policy') })
      .where(and(eq(artifacts.id, param('id')), isNull(artifacts.removedAt)))
      .returning({ blobKey: artifacts.blobKey })
      .prepare(),
    removeArchive: db
      .delete(sourceArchives)
      .where(and(eq(sourceArchives.repo, param('repo')), eq(sourceArchives.tree, param('tree'))))
      .returning({ blobKey: sourceArchives.blobKey })
      .prepare(),
    unwant: inserterIfMissing(db, unwantedBlobs),
    unwanted: db
      .select({ key: unwantedBlobs.key })
      .from(unwantedBlobs)
      .where(gt(unwantedBlobs.key, sql`''`))
      .orderBy(asc(unwantedBlobs.key))
      .limit(param('limit'))
      .prepare(),
    settle: db
      .delete(unwantedBlobs)
      .where(eq(unwantedBlobs.key, param('key')))
      .prepare(),
    logOf: db
      .select({ id: sealedLogs.id })
      .from(sealedLogs)
      .where(eq(sealedLogs.blobKey, param('key')))
      .limit(1)
      .prepare(),
    artifactOf: db
      .select({ id: artifacts.id })
      .from(artifacts)
      .where(and(eq(artifacts.blobKey, param('key')), isNull(artifacts.removedAt)))
      .limit(1)
      .prepare(),
    archiveOf: db
      .select({ repo: sourceArchives.repo })
      .from(sourceArchives)
      .where(eq(sourceArchives.blobKey, param('key')))
      .limit(1)
      .prepare(),
    journalOf: db
      .select({ seq: journal.seq })
      .from(builds)
      .innerJoin(attempts, eq(attempts.buildId, builds.id))
      .innerJoin(journal, eq(journal.attemptId, attempts.id))
      .where(
        and(running, eq(journal.step, sql`'artifacts'`), sql`instr(${journal.data}, ${param('key')}) > 0`),
      )
      .limit(1)
      .prepare(),
  };
}
