/** Which branches of a repository are watched. */
import { matchesGlobs } from '../builders/index.ts';
import type { Repository } from '../builders/types.ts';
import type { BranchHead } from './types.ts';

/** By the globs, or without any the branch that the remote's HEAD names. */
export function isWatched(repository: Repository, defaultBranch: string | null, branch: string): boolean {
  if (repository.branches.length === 0) return branch === defaultBranch;
  return matchesGlobs(repository.branches, branch);
}

/** The default branch first, then by name: what people look at first is found first. */
export function watchedHeads(
  repository: Repository,
  defaultBranch: string | null,
  heads: readonly BranchHead[],
): readonly BranchHead[] {
  const rank = ({ branch }: BranchHead): number => (branch === defaultBranch ? 0 : 1);
  return heads
    .filter(({ branch }) => isWatched(repository, defaultBranch, branch))
    .toSorted((a, b) => rank(a) - rank(b) || (a.branch < b.branch ? -1 : 1));
}
