import { and, asc, desc, eq, isNotNull, lt, sql } from 'drizzle-orm';
import type { BunSQLiteDatabase } from 'drizzle-orm/bun-sqlite';
import type { SourceStore } from '../../core/source/ports.ts';
import type { BranchCommit, Commit, RepositoryState } from '../../core/source/types.ts';
import { branchCommits, branches, commits, repositories, sourceArchives } from '../schema/sqlite.ts';
import { parentsCodec } from '../schema/values.ts';
import type { SqliteDatabase } from './database.ts';
import { inserter, inserterIfMissing, param } from './statements.ts';
import { createUnbuilt } from './unbuilt.ts';

type CommitRow = typeof commits.$inferSelect;
type RepositoryRow = typeof repositories.$inferSelect;
type Op<M extends 'recordCheck' | 'recordCommits' | 'removeBranch'> = Parameters<SourceStore[M]>[0];

/** Repositories, branches, commits and source archives. Every method is one transaction. */
export function createSqliteSourceStore(database: SqliteDatabase): SourceStore {
  const { db, read, write } = database;
  const statements = prepareSource(db);
  const unbuilt = createUnbuilt(database);

  function stateOf(row: RepositoryRow): RepositoryState {
    const heads = statements.heads
      .all({ repo: row.repo })
      .map(({ branch, head }) => ({ branch, hash: head ?? '' }));
    return { ...row, heads };
  }

  function recordCheck(op: Op<'recordCheck'>): void {
    const { repo, at, error, defaultBranch } = op;
    const known = statements.repository.get({ repo });
    statements.saveRepository.run({
      repo,
      lastCheckedAt: at,
      lastError: error,
      // A check that failed has learned nothing about the branch.
      defaultBranch: error === null ? defaultBranch : (defaultBranch ?? known?.defaultBranch ?? null),
    });
  }

  function recordCommits(op: Op<'recordCommits'>): BranchCommit[] {
    const { repo, branch, head, seenAt } = op;
    statements.rememberRepository({ repo, lastCheckedAt: null, lastError: null, defaultBranch: null });
    const first = statements.branch.get({ repo, branch })?.nextPosition ?? 0;
    statements.saveBranch.run({ repo, branch, head, nextPosition: first });
    const fresh: BranchCommit[] = [];
    for (const commit of op.commits) {
      if (statements.position.get({ repo, branch, hash: commit.hash }) !== undefined) continue;
      const position = first + fresh.length;
      statements.saveCommit(rowOf(commit));
      statements.append({ repo, branch, position, hash: commit.hash, seenAt });
      fresh.push({ ...commit, branch, position, seenAt });
    }
    if (fresh.length > 0)
      statements.saveBranch.run({ repo, branch, head, nextPosition: first + fresh.length });
    return fresh;
  }

  return {
    state: (repo) =>
      read(() => {
        const row = statements.repository.get({ repo });
        return row === undefined ? null : stateOf(row);
      }),
    states: () => read(() => statements.repositories.all().map(stateOf)),
    recordCheck: (op) => write('progress', () => recordCheck(op)),
    recordCommits: (op) => write('result', () => recordCommits(op)),
    removeBranch: (op) => write('result', () => statements.dropHead.run({ ...op })),
    commit: (repo, hash) =>
      read(() => {
        const row = statements.commit.get({ repo, hash });
        return row === undefined ? null : commitOf(row);
      }),
    saveCommit: (commit) => write('result', () => statements.saveCommit(rowOf(commit))),
    branchCommits: ({ repo, branch, before = Number.MAX_SAFE_INTEGER, limit }) =>
      read(() => statements.branchCommits.all({ repo, branch, before, limit }).map(branchCommitOf)),
    commitLines: ({ repo, branch, before = Number.MAX_SAFE_INTEGER, limit }) =>
      read(() =>
        statements.commitLines
          .values({ repo, branch, before, limit })
          .map(([position, hash, subject, name, email]) => ({
            position,
            hash,
            subject,
            author: { name, email },
          })),
      ),
    unbuilt: (query) => read(() => unbuilt(query).map(branchCommitOf)),
    archive: ({ repo, tree }) => read(() => statements.archive.get({ repo, tree }) ?? null),
    saveArchive: (archive) =>
      write('result', () => {
        const { repo, tree, digest, bytes, blobKey, createdAt } = archive;
        statements.saveArchive.run({ repo, tree, digest, bytes, blobKey, createdAt });
      }),
  };
}

function rowOf(commit: Commit): CommitRow {
  const { repo, hash, tree, parents, author, authoredAt, committedAt, subject } = commit;
  return {
    repo,
    hash,
    tree,
    parents: parentsCodec.encode([...parents]),
    authorName: author.name,
    authorEmail: author.email,
    authoredAt,
    committedAt,
    subject,
  };
}

function commitOf({ authorName: name, authorEmail: email, parents, ...row }: CommitRow): Commit {
  return { ...row, parents: parentsCodec.decode(parents), author: { name, email } };
}

function branchCommitOf(row: { commit: CommitRow; place: typeof branchCommits.$inferSelect }): BranchCommit {
  const { branch, position, seenAt } = row.place;
  return { ...commitOf(row.commit), branch, position, seenAt };
}

function prepareSource(db: BunSQLiteDatabase) {
  return {
    ...prepareRepositories(db),
    ...prepareBranches(db),
    commit: db
      .select()
      .from(commits)
      .where(and(eq(commits.repo, param('repo')), eq(commits.hash, param('hash'))))
      .prepare(),
    saveCommit: inserterIfMissing(db, commits),
    archive: db
      .select()
      .from(sourceArchives)
      .where(and(eq(sourceArchives.repo, param('repo')), eq(sourceArchives.tree, param('tree'))))
      .prepare(),
    saveArchive: db
      .insert(sourceArchives)
      .values({
        repo: param('repo'),
        tree: param('tree'),
        digest: param('digest'),
        bytes: param('bytes'),
        blobKey: param('blobKey'),
        createdAt: param('createdAt'),
      })
      .onConflictDoUpdate({
        target: [sourceArchives.repo, sourceArchives.tree],
        set: {
          digest: sql`excluded.digest`,
          bytes: sql`excluded.bytes`,
          blobKey: sql`excluded.blob_key`,
          createdAt: sql`excluded.created_at`,
        },
      })
      .prepare(),
  };
}

function prepareRepositories(db: BunSQLiteDatabase) {
  return {
    repository: db
      .select()
      .from(repositories)
      .where(eq(repositories.repo, param('repo')))
      .prepare(),
    repositories: db.select().from(repositories).orderBy(asc(repositories.repo)).prepare(),
    rememberRepository: inserterIfMissing(db, repositories),
    saveRepository: db
      .insert(repositories)
      .values({
        repo: param('repo'),
        lastCheckedAt: param('lastCheckedAt'),
        lastError: param('lastError'),
        defaultBranch: param('defaultBranch'),
      })
      .onConflictDoUpdate({
        target: repositories.repo,
        set: {
          lastCheckedAt: sql`excluded.last_checked_at`,
          lastError: sql`excluded.last_error`,
          defaultBranch: sql`excluded.default_branch`,
        },
      })
      .prepare(),
  };
}

function prepareBranches(db: BunSQLiteDatabase) {
  const ofBranch = and(eq(branches.repo, param('repo')), eq(branches.branch, param('branch')));
  const { repo, branch, position, hash } = branchCommits;
  return {
    heads: db
      .select({ branch: branches.branch, head: branches.head })
      .from(branches)
      .where(and(eq(branches.repo, param('repo')), isNotNull(branches.head)))
      .orderBy(asc(branches.branch))
      .prepare(),
    branch: db.select().from(branches).where(ofBranch).prepare(),
    saveBranch: db
      .insert(branches)
      .values({
        repo: param('repo'),
        branch: param('branch'),
        head: param('head'),
        nextPosition: param('nextPosition'),
      })
      .onConflictDoUpdate({
        target: [branches.repo, branches.branch],
        set: { head: sql`excluded.head`, nextPosition: sql`excluded.next_position` },
      })
      .prepare(),
    dropHead: db.update(branches).set({ head: null }).where(ofBranch).prepare(),
    position: db
      .select({ position })
      .from(branchCommits)
      .where(and(eq(repo, param('repo')), eq(branch, param('branch')), eq(hash, param('hash'))))
      .prepare(),
    append: inserter(db, branchCommits),
    commitLines: db
      .select({
        position,
        hash,
        subject: commits.subject,
        name: commits.authorName,
        email: commits.authorEmail,
      })
      .from(branchCommits)
      .innerJoin(commits, and(eq(commits.repo, repo), eq(commits.hash, hash)))
      .where(and(eq(repo, param('repo')), eq(branch, param('branch')), lt(position, param('before'))))
      .orderBy(desc(position))
      .limit(param('limit'))
      .prepare(),
    branchCommits: db
      .select({ place: branchCommits, commit: commits })
      .from(branchCommits)
      .innerJoin(commits, and(eq(commits.repo, repo), eq(commits.hash, hash)))
      .where(and(eq(repo, param('repo')), eq(branch, param('branch')), lt(position, param('before'))))
      .orderBy(desc(position))
      .limit(param('limit'))
      .prepare(),
  };
}
