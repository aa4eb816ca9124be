import type { CommitFiles } from '../builders/ports.ts';

export interface Commit {
  readonly repo: string;
  /** Full lower-case hash, 40 or 64 hex digits. */
  readonly hash: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: { readonly name: string; readonly email: string };
  readonly authoredAt: number;
  readonly committedAt: number;
  /** First line, at most 500 characters. */
  readonly subject: string;
}

/** A commit's place on a branch. `position` grows as commits are found; after a force-push it goes on growing. */
export interface BranchCommit extends Commit {
  readonly branch: string;
  readonly position: number;
  readonly seenAt: number;
}

export interface BranchHead {
  readonly branch: string;
  readonly hash: string;
}

/** How watching one repository goes. */
export interface RepositoryState {
  readonly repo: string;
  readonly lastCheckedAt: number | null;
  readonly lastError: string | null;
  readonly heads: readonly BranchHead[];
  readonly defaultBranch: string | null;
}

/** A tar of a tree in the blob store. `digest` is SHA-256 of the tar, `sha256:<hex>`. */
export interface SourceArchive {
  readonly repo: string;
  readonly tree: string;
  readonly digest: string;
  readonly bytes: number;
  readonly blobKey: string;
  readonly createdAt: number;
}

/** New places of a branch, oldest first, with the branch's head at the time; empty when only the head moved. */
export interface CommitsFound {
  readonly repo: string;
  readonly branch: string;
  /** The branch's newest commit, which may be found in a later part than this one. */
  readonly head: string;
  readonly commits: readonly BranchCommit[];
}

/**
 * Hears of commits after they are recorded. What it answers is waited for before more of the branch is recorded; when it
 * rejects, it hears of the same commits again.
 */
export type CommitsListener = (found: CommitsFound) => void | Promise<void>;

/** What the source capability offers to the rest of core and to edge. */
export interface Source {
  /** Watches every configured repository until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
  /** Looks for new commits at once: somebody says that there are some. False: no such repository. */
  poke(repo: string): boolean;
  /** Gives the way to stop. */
  onCommits(listener: CommitsListener): () => void;
  /**
   * A branch, tag or (abbreviated) hash to a commit; one that is not known makes the mirror look once more. Rejects with
   * `invalid_input` or `not_found`, naming `repo` or `commit`.
   */
  resolve(repo: string, revision: string): Promise<Commit>;
  /** The stored tar of the commit's tree, made when it is missing. Rejects with `source_unavailable` when the commit is gone. */
  archiveOf(repo: string, hash: string, signal?: AbortSignal): Promise<SourceArchive>;
  files(repo: string, hash: string): CommitFiles;
}
