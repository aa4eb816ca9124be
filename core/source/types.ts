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
