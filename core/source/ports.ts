import type { BranchCommit, BranchHead, Commit, RepositoryState, SourceArchive } from './types.ts';

export interface MirrorTarget {
  readonly name: string;
  readonly url: string;
}

/** Bare mirrors, one a repository, kept with the git program. Names, refs and hashes never become part of a shell line. */
export interface GitMirrors {
  /** Clones or fetches every branch and tag, and prunes. Rejects with `source_unavailable` and git's own words, secrets removed. */
  update(target: MirrorTarget, signal?: AbortSignal): Promise<void>;
  heads(repo: string): Promise<readonly BranchHead[]>;
  /**
   * The branches of the last check that went well, kept beside the mirror: what was fetched just before a crash is not among
   * them. Null: no check of this mirror went well.
   */
  checkedBranches(repo: string): Promise<ReadonlySet<string> | null>;
  saveCheckedBranches(repo: string, branches: ReadonlySet<string>): Promise<void>;
  /** The branch that the remote's HEAD names. A HEAD that names none is "HEAD", then a branch of the mirror until the next update. */
  defaultBranch(target: MirrorTarget): Promise<string | null>;
  /**
   * Commits reachable from `from` and not from `without`, newest first (topological), at most `limit`. A hash of `without` that
   * the mirror lacks (pushed over, or the mirror is a fresh clone) excludes nothing.
   */
  log(
    repo: string,
    range: {
      readonly from: string;
      readonly without: readonly string[];
      readonly limit: number;
      readonly firstParent?: boolean;
    },
  ): Promise<readonly Commit[]>;
  /** A branch, tag or (abbreviated) hash to a commit; null when there is none. */
  resolve(repo: string, revision: string): Promise<Commit | null>;
  listRoot(repo: string, hash: string): Promise<readonly string[]>;
  readFile(
    repo: string,
    hash: string,
    path: string,
    maxBytes: number,
  ): Promise<{ readonly text: string; readonly cut: boolean } | null>;
  /** A tar of the commit's tree, streamed. */
  archive(repo: string, hash: string, signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

/** A commit as one line of a branch. */
export type CommitLine = Pick<BranchCommit, 'position' | 'hash' | 'subject' | 'author'>;

/** What is remembered of repositories. Every method is one transaction. */
export interface SourceStore {
  /** The heads as last recorded, which is where discovery goes on. */
  state(repo: string): Promise<RepositoryState | null>;
  states(): Promise<readonly RepositoryState[]>;
  recordCheck(op: {
    readonly repo: string;
    readonly at: number;
    readonly error: string | null;
    readonly defaultBranch: string | null;
  }): Promise<void>;
  /**
   * Appends commits to a branch, oldest first, and moves its head, in one step: after a crash either all of it is known or
   * none, so nothing is missed. A commit that the branch has already keeps its position. Answers those that were new.
   */
  recordCommits(op: {
    readonly repo: string;
    readonly branch: string;
    readonly head: string;
    readonly commits: readonly Commit[];
    readonly seenAt: number;
  }): Promise<readonly BranchCommit[]>;
  /** A branch that the remote no longer has: its head goes, its history stays. */
  removeBranch(op: { readonly repo: string; readonly branch: string }): Promise<void>;
  commit(repo: string, hash: string): Promise<Commit | null>;
  /** Also remembers a commit that is on no watched branch, asked for by hand. */
  saveCommit(commit: Commit): Promise<void>;
  /** Newest position first, below `before` when given. */
  branchCommits(query: {
    readonly repo: string;
    readonly branch: string;
    readonly before?: number;
    readonly limit: number;
  }): Promise<readonly BranchCommit[]>;
  /** The same, only what a search looks at: many a millisecond. */
  commitLines(query: {
    readonly repo: string;
    readonly branch: string;
    readonly before?: number;
    readonly limit: number;
  }): Promise<readonly CommitLine[]>;
  /** Places of a branch from a position on of which `builder` has no build, newest first. */
  unbuilt(query: {
    readonly repo: string;
    readonly branch: string;
    readonly builder: string;
    readonly from: number;
  }): Promise<readonly BranchCommit[]>;
  /** The stored archive of a tree; equal trees share one. */
  archive(query: { readonly repo: string; readonly tree: string }): Promise<SourceArchive | null>;
  saveArchive(archive: SourceArchive): Promise<void>;
}
