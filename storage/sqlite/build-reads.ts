import { and, asc, eq, gt, inArray, isNotNull, notExists, sql } from 'drizzle-orm';
import type { BunSQLiteDatabase } from 'drizzle-orm/bun-sqlite';
import { alias } from 'drizzle-orm/sqlite-core';
import { invalidInput } from '../../agent/wire/farm-error.ts';
import type { BuildReader, GridCell, Unfinished } from '../../core/builds/ports.ts';
import { type Attempt, type Build, type BuildState, buildStates } from '../../core/builds/types.ts';
import { artifacts, attempts, buildCounts, builds, journal } from '../schema/sqlite.ts';
import { createBuildQuery } from './build-query.ts';
import { artifactOf, attemptOf, journalEntryOf } from './build-rows.ts';
import type { SqliteDatabase } from './database.ts';
import { param } from './statements.ts';

export interface BuildReads extends BuildReader {
  unfinished(): Promise<readonly Unfinished[]>;
}

export function createBuildReads({ db, read }: SqliteDatabase): BuildReads {
  const statements = prepareReads(db);
  const queryBuilds = createBuildQuery(db);

  function cursorAt(id: string): { createdAt: number; id: string } {
    const build = statements.build.get({ id });
    if (build === undefined) throw invalidInput('cursor', `no build has the id "${id}"`);
    return { createdAt: build.createdAt, id };
  }

  return {
    build: (id) => read(() => statements.build.get({ id }) ?? null),
    builds: (query) =>
      read(() => queryBuilds(query, query.before === undefined ? null : cursorAt(query.before))),
    place: ({ repo, commit }) =>
      read(() => {
        const place = statements.place.get({ repo, commit });
        return place === undefined || place.position === null
          ? null
          : { branch: place.branch, position: place.position };
      }),
    cells: ({ repo, commits }) =>
      read(() => statements.cells.all({ repo, commits: JSON.stringify([...new Set(commits)]) })),
    gridCells: ({ repo, commits }) =>
      read(() => [...new Set(commits)].flatMap((commit) => cellsOf(statements, repo, commit))),
    commitsWith: ({ repo, state, commits }) =>
      read(() => {
        const rows = statements.commitsWith.all({ repo, state, commits: JSON.stringify(commits) });
        return new Set(rows.map(({ commit }) => commit));
      }),
    attempts: (buildId) => read(() => statements.attempts.all({ buildId }).map(attemptOf)),
    journal: (attemptId) => read(() => statements.journal.all({ attemptId }).map(journalEntryOf)),
    artifacts: (buildId) => read(() => statements.artifacts.all({ buildId }).map(artifactOf)),
    artifact: (id) =>
      read(() => {
        const row = statements.artifact.get({ id });
        return row === undefined ? null : artifactOf(row);
      }),
    counts: () => read(() => countsOf(statements.counts.all())),
    unfinished: () => read(() => collectUnfinished(statements)),
  };
}

type ReadStatements = ReturnType<typeof prepareReads>;

/** Rows of one commit come by builder and oldest first, so that the last of a builder is its cell. */
function cellsOf(statements: ReadStatements, repo: string, commit: string): GridCell[] {
  const cells: GridCell[] = [];
  let last: string | null = null;
  for (const [id, builder, state, startedAt, endedAt] of statements.gridCells.values({ repo, commit })) {
    if (builder === last) cells.pop();
    last = builder;
    cells.push({ id, commit, builder, state, startedAt, endedAt });
  }
  return cells;
}

function prepareReads(db: BunSQLiteDatabase) {
  const newer = alias(builds, 'newer');
  const running = and(eq(builds.state, sql`'running'`), eq(attempts.state, sql`'running'`));
  return {
    build: db
      .select()
      .from(builds)
      .where(eq(builds.id, param('id')))
      .prepare(),
    place: db
      .select({ branch: builds.branch, position: builds.position })
      .from(builds)
      .where(
        and(eq(builds.repo, param('repo')), eq(builds.commit, param('commit')), isNotNull(builds.position)),
      )
      .limit(1)
      .prepare(),
    cells: db
      .select()
      .from(builds)
      .where(
        and(
          eq(builds.repo, param('repo')),
          sql`${builds.commit} IN (SELECT value FROM json_each(${param('commits')}))`,
          notExists(
            db
              .select({ id: newer.id })
              .from(newer)
              .where(
                and(
                  eq(newer.repo, builds.repo),
                  eq(newer.commit, builds.commit),
                  eq(newer.builder, builds.builder),
                  sql`(${newer.createdAt}, ${newer.id}) > (${builds.createdAt}, ${builds.id})`,
                ),
              ),
          ),
        ),
      )
      .prepare(),
    gridCells: db
      .select({
        id: builds.id,
        builder: builds.builder,
        state: builds.state,
        startedAt: builds.startedAt,
        endedAt: builds.endedAt,
      })
      .from(builds)
      .where(and(eq(builds.repo, param('repo')), eq(builds.commit, param('commit'))))
      .orderBy(asc(builds.builder), asc(builds.createdAt), asc(builds.id))
      .prepare(),
    commitsWith: db
      .selectDistinct({ commit: builds.commit })
      .from(builds)
      .where(
        and(
          sql`${builds.commit} IN (SELECT value FROM json_each(${param('commits')}))`,
          eq(builds.repo, param('repo')),
          eq(builds.state, param('state')),
        ),
      )
      .prepare(),
    attempts: db
      .select()
      .from(attempts)
      .where(eq(attempts.buildId, param('buildId')))
      .orderBy(asc(attempts.number))
      .prepare(),
    journal: db
      .select()
      .from(journal)
      .where(eq(journal.attemptId, param('attemptId')))
      .orderBy(asc(journal.seq))
      .prepare(),
    artifacts: db
      .select()
      .from(artifacts)
      .where(eq(artifacts.buildId, param('buildId')))
      .orderBy(asc(artifacts.attemptId), asc(artifacts.path), asc(artifacts.id))
      .prepare(),
    artifact: db
      .select()
      .from(artifacts)
      .where(eq(artifacts.id, param('id')))
      .prepare(),
    counts: db.select().from(buildCounts).prepare(),
    unfinishedBuilds: db
      .select()
      .from(builds)
      .where(inArray(builds.state, ['waiting', 'running']))
      .orderBy(asc(builds.createdAt), asc(builds.id))
      .prepare(),
    unfinishedAttempts: db
      .select({ attempt: attempts })
      .from(builds)
      .innerJoin(attempts, eq(attempts.buildId, builds.id))
      .where(and(inArray(builds.state, ['waiting', 'running']), gt(builds.attempts, 0)))
      .orderBy(asc(attempts.buildId), asc(attempts.number))
      .prepare(),
    runningJournal: db
      .select({ entry: journal })
      .from(builds)
      .innerJoin(attempts, eq(attempts.buildId, builds.id))
      .innerJoin(journal, eq(journal.attemptId, attempts.id))
      .where(running)
      .orderBy(asc(journal.attemptId), asc(journal.seq))
      .prepare(),
  };
}

function countsOf(rows: readonly { state: BuildState; count: number }[]): Record<BuildState, number> {
  const counts = Object.fromEntries(buildStates.map((state) => [state, 0])) as Record<BuildState, number>;
  for (const { state, count } of rows) counts[state] = count;
  return counts;
}

function collectUnfinished(statements: ReadStatements): Unfinished[] {
  const attemptsOf = Map.groupBy(
    statements.unfinishedAttempts.all().map(({ attempt }) => attemptOf(attempt)),
    (attempt) => attempt.buildId,
  );
  const journalOf = Map.groupBy(
    statements.runningJournal.all().map(({ entry }) => journalEntryOf(entry)),
    (entry) => entry.attemptId,
  );
  return statements.unfinishedBuilds.all().map((build) => {
    const ofBuild = attemptsOf.get(build.id) ?? [];
    const running = runningAttempt(build, ofBuild);
    return { build, attempts: ofBuild, journal: (running && journalOf.get(running.id)) ?? [] };
  });
}

function runningAttempt(build: Build, ofBuild: readonly Attempt[]): Attempt | undefined {
  return build.state === 'running' ? ofBuild.find((attempt) => attempt.state === 'running') : undefined;
}
