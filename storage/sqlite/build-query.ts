/** `builds` by any combination of filters, newest first; one prepared statement for each combination. */
import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { BunSQLiteDatabase } from 'drizzle-orm/bun-sqlite';
import { invalidInput } from '../../agent/wire/farm-error.ts';
import type { BuildQuery } from '../../core/builds/ports.ts';
import type { Build } from '../../core/builds/types.ts';
import { builds } from '../schema/sqlite.ts';
import { param } from './statements.ts';

const commitPattern = /^[0-9a-f]{4,64}$/;
/** Sorts after every hexadecimal digit. */
const afterDigits = 'g';

export interface Cursor {
  readonly createdAt: number;
  readonly id: string;
}

interface Shape {
  readonly repo: boolean;
  readonly builder: boolean;
  readonly state: boolean;
  readonly commit: boolean;
  readonly cursor: boolean;
}

export function createBuildQuery(
  db: BunSQLiteDatabase,
): (query: BuildQuery, cursor: Cursor | null) => Build[] {
  const prepared = new Map<string, ReturnType<typeof prepareShape>>();

  function statementFor(shape: Shape): ReturnType<typeof prepareShape> {
    const name = JSON.stringify(shape);
    let statement = prepared.get(name);
    if (statement === undefined) {
      statement = prepareShape(db, shape);
      prepared.set(name, statement);
    }
    return statement;
  }

  return (query, cursor) => {
    const { repo, builder, state, commit, limit } = query;
    if (commit !== undefined && !commitPattern.test(commit)) {
      throw invalidInput('commit', 'give a full hash, or at least its first 4 digits, in lower case');
    }
    const statement = statementFor({
      repo: repo !== undefined,
      builder: builder !== undefined,
      state: state !== undefined,
      commit: commit !== undefined,
      cursor: cursor !== null,
    });
    return statement.all({
      repo,
      builder,
      state,
      commitFrom: commit,
      commitTo: `${commit ?? ''}${afterDigits}`,
      beforeAt: cursor?.createdAt,
      beforeId: cursor?.id,
      limit,
    });
  };
}

function prepareShape(db: BunSQLiteDatabase, shape: Shape) {
  const filters: SQL[] = [];
  if (shape.commit) {
    filters.push(sql`${builds.commit} >= ${param('commitFrom')} AND ${builds.commit} < ${param('commitTo')}`);
  }
  for (const name of ['repo', 'builder', 'state'] as const) {
    // A commit has few builds, whatever else is asked: the `+` keeps the planner on its index.
    if (shape[name])
      filters.push(shape.commit ? sql`+${builds[name]} = ${param(name)}` : eq(builds[name], param(name)));
  }
  if (shape.cursor) {
    const { createdAt, id } = builds;
    filters.push(
      shape.commit
        ? sql`(+${createdAt}, +${id}) < (${param('beforeAt')}, ${param('beforeId')})`
        : sql`(${createdAt}, ${id}) < (${param('beforeAt')}, ${param('beforeId')})`,
    );
  }
  const order = shape.commit
    ? [sql`+${builds.createdAt} DESC`, sql`+${builds.id} DESC`]
    : [sql`${builds.createdAt} DESC`, sql`${builds.id} DESC`];
  return db
    .select()
    .from(builds)
    .where(and(...filters))
    .orderBy(...order)
    .limit(param('limit'))
    .prepare();
}
