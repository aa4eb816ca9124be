import { and, desc, eq, gte, notExists } from 'drizzle-orm';
import type { SourceStore } from '../../core/source/ports.ts';
import { branchCommits, builds, commits } from '../schema/sqlite.ts';
import type { SqliteDatabase } from './database.ts';
import { param } from './statements.ts';

type UnbuiltQuery = Parameters<SourceStore['unbuilt']>[0];

/** Places of a branch without a build of a builder. */
export function createUnbuilt({ db }: SqliteDatabase) {
  const { repo, branch, position, hash } = branchCommits;
  const buildHere = db
    .select({ id: builds.id })
    .from(builds)
    .where(and(eq(builds.repo, repo), eq(builds.commit, hash), eq(builds.builder, param('builder'))));
  const search = db
    .select({ place: branchCommits, commit: commits })
    .from(branchCommits)
    .innerJoin(commits, and(eq(commits.repo, repo), eq(commits.hash, hash)))
    .where(
      and(
        eq(repo, param('repo')),
        eq(branch, param('branch')),
        gte(position, param('from')),
        notExists(buildHere),
      ),
    )
    .orderBy(desc(position))
    .prepare();
  return (query: UnbuiltQuery) => search.all({ ...query });
}
