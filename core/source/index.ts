/**
 * Source: the repositories, as commits in the order in which they were found. Bare mirrors are kept with git; new commits are
 * found by polling and at once when somebody says so. No commit of a watched branch is ever missed: discovery goes from what
 * is recorded, never from what was seen, so that downtime, force-pushes and crashes only make it later. Trees are kept as tars
 * for agents, and read file by file for plans.
 */

export { isWatched } from './branches.ts';
export type { CommitLine, GitMirrors, MirrorTarget, SourceStore } from './ports.ts';
export { createSource, type SourceDeps } from './service.ts';
export type {
  BranchCommit,
  BranchHead,
  Commit,
  CommitsFound,
  CommitsListener,
  RepositoryState,
  Source,
  SourceArchive,
} from './types.ts';
