/** What earlier builds tell the scheduler: durations by builder and verdicts by place. Read at start, so a few seeks a line. */
import { and, asc, desc, eq, gt, notExists, sql } from 'drizzle-orm';
import type { BunSQLiteDatabase } from 'drizzle-orm/bun-sqlite';
import { alias } from 'drizzle-orm/sqlite-core';
import type { BuildStore } from '../../core/builds/ports.ts';
import type { KnownDuration, Line } from '../../core/scheduler/types.ts';
import { attempts, builds } from '../schema/sqlite.ts';
import type { SqliteDatabase } from './database.ts';
import { param } from './statements.ts';

export type BuildHistory = Pick<BuildStore, 'durations' | 'verdicts'>;

/** Word for word the conditions of the partial indexes, or SQLite would not use them. */
const tellingAttempt = sql`${attempts.state} IN ('passed', 'failed')`;
const verdict = sql`+${builds.state} IN ('passed', 'failed') AND ${builds.position} IS NOT NULL`;

export function createBuildHistory({ db, read }: SqliteDatabase): BuildHistory {
  const statements = prepareHistory(db);

  function durations(perBuilder: number): Map<string, KnownDuration[]> {
    const found = new Map<string, KnownDuration[]>();
    for (
      let next = statements.nextBuilder.get({ after: '' });
      next !== undefined;
      next = statements.nextBuilder.get({ after: next.builder })
    ) {
      const newest = statements.durations.all({ builder: next.builder, limit: perBuilder });
      found.set(next.builder, newest.reverse());
    }
    return found;
  }

  function* lines(): Generator<Line> {
    let line: Line = { repo: '', branch: '', builder: '' };
    while (true) {
      const next = statements.nextLine.get({ ...line });
      if (next === undefined) return;
      line = { repo: next.repo, branch: next.branch ?? '', builder: next.builder };
      yield line;
    }
  }

  return {
    durations: (perBuilder) => read(() => durations(perBuilder)),
    verdicts: (perLine) =>
      read(() =>
        [...lines()].flatMap((line) =>
          statements.verdicts.all({ ...line, limit: perLine }).map(({ position, state }) => ({
            line,
            position: position ?? 0,
            passed: state === 'passed',
          })),
        ),
      ),
  };
}

function prepareHistory(db: BunSQLiteDatabase) {
  const newer = alias(builds, 'newer');
  return {
    nextBuilder: db
      .select({ builder: attempts.builder })
      .from(attempts)
      .where(and(tellingAttempt, gt(attempts.builder, param('after'))))
      .orderBy(asc(attempts.builder))
      .limit(1)
      .prepare(),
    durations: db
      .select({ repo: builds.repo, ms: sql<number>`${attempts.endedAt} - ${attempts.startedAt}` })
      .from(attempts)
      .innerJoin(builds, eq(builds.id, attempts.buildId))
      .where(and(tellingAttempt, eq(attempts.builder, param('builder'))))
      .orderBy(desc(attempts.endedAt), desc(attempts.startedAt))
      .limit(param('limit'))
      .prepare(),
    nextLine: db
      .select({ repo: builds.repo, branch: builds.branch, builder: builds.builder })
      .from(builds)
      .where(
        and(
          verdict,
          sql`(${builds.repo}, ${builds.branch}, ${builds.builder}) > (${param('repo')}, ${param('branch')}, ${param('builder')})`,
        ),
      )
      .orderBy(asc(builds.repo), asc(builds.branch), asc(builds.builder))
      .limit(1)
      .prepare(),
    verdicts: db
      .select({ position: builds.position, state: builds.state })
      .from(builds)
      .where(
        and(
          verdict,
          eq(builds.repo, param('repo')),
          eq(builds.branch, param('branch')),
          eq(builds.builder, param('builder')),
          notExists(
            db
              .select({ id: newer.id })
              .from(newer)
              .where(
                and(
                  sql`+${newer.state} IN ('passed', 'failed') AND ${newer.position} IS NOT NULL`,
                  eq(newer.repo, builds.repo),
                  eq(newer.branch, builds.branch),
                  eq(newer.builder, builds.builder),
                  eq(newer.position, builds.position),
                  sql`(${newer.createdAt}, ${newer.id}) > (${builds.createdAt}, ${builds.id})`,
                ),
              ),
          ),
        ),
      )
      .orderBy(desc(builds.position))
      .limit(param('limit'))
      .prepare(),
  };
}
