import { and, desc, eq, gt, notExists } from 'drizzle-orm';
import type { SourceStore } from '../../core/source/ports.ts';
import { branchCommits, branches, builds, commits } from '../schema/sqlite.ts';
import type { SqliteDatabase } from './database.ts';
import { param } from './statements.ts';

type UnbuiltQuery = Parameters<SourceStore['unbuilt']>[0];

/**
 * The newest places of a branch without a build of a builder. A search that reached the oldest place has seen every hole, so
 * the next one stops at the lowest: below it all is built, and a build never goes away. Without this a branch that is built
 * to its root would be walked whole at each call.
 */
export function createUnbuilt({ db }: SqliteDatabase) {
  const builtUpTo = new Map<string, number>();
  const search = prepareSearch(db);
  const branchOf = db
    .select({ nextPosition: branches.nextPosition })
    .from(branches)
    .where(and(eq(branches.repo, param('repo')), eq(branches.branch, param('branch'))))
    .prepare();

  return (query: UnbuiltQuery) => {
    const { repo, branch, builder, limit } = query;
    const line = JSON.stringify([repo, branch, builder]);
    const holes = search.all({ repo, branch, builder, limit, above: builtUpTo.get(line) ?? -1 });
    if (holes.length < limit) {
      const lowestHole = holes.at(-1)?.place.position ?? branchOf.get({ repo, branch })?.nextPosition ?? 0;
      builtUpTo.set(line, lowestHole - 1);
    }
    return holes;
  };
}

function prepareSearch(db: SqliteDatabase['db']) {
  const { repo, branch, position, hash } = branchCommits;
  const buildHere = db
    .select({ id: builds.id })
    .from(builds)
    .where(and(eq(builds.repo, repo), eq(builds.commit, hash), eq(builds.builder, param('builder'))));
  return db
    .select({ place: branchCommits, commit: commits })
    .from(branchCommits)
    .innerJoin(commits, and(eq(commits.repo, repo), eq(commits.hash, hash)))
    .where(
      and(
        eq(repo, param('repo')),
        eq(branch, param('branch')),
        gt(position, param('above')),
        notExists(buildHere),
      ),
    )
    .orderBy(desc(position))
    .limit(param('limit'))
    .prepare();
}
