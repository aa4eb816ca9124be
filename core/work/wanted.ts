/** What should be built. Pure. */
import { matchesGlobs } from '../builders/index.ts';
import type { Builder, FarmConfig, Repository } from '../builders/types.ts';
import type { NewBuild } from '../builds/ports.ts';
import type { BranchCommit } from '../source/types.ts';

/** A build before it has an id and a time. */
export type WantedBuild = Omit<NewBuild, 'id' | 'createdAt'>;

/** In the order of the configuration. */
export function buildersOf(config: FarmConfig, repository: Repository): readonly Builder[] {
  return config.builders.filter(({ name }) => matchesGlobs(repository.builders, name));
}

/**
 * Every commit by every builder that the repository allows, newest commit first, so that the head is stored and placed before
 * what lies below it. The branch's head is `post-submit`, since somebody waits for its verdict; the others are `backfill`. What
 * another branch wanted already is in the list too: the store keeps one build of a commit and builder.
 */
export function wantedBuilds(
  config: FarmConfig,
  repository: Repository,
  found: { readonly head: string; readonly commits: readonly BranchCommit[] },
): readonly WantedBuild[] {
  const builders = buildersOf(config, repository);
  return found.commits
    .toReversed()
    .flatMap((commit) => builders.map((builder) => wantedBuild(builder, commit, commit.hash === found.head)));
}

export function wantedBuild(builder: Builder, commit: BranchCommit, isHead: boolean): WantedBuild {
  return {
    repo: commit.repo,
    commit: commit.hash,
    builder: builder.name,
    hostType: builder.hostType,
    class: isHead ? 'post-submit' : 'backfill',
    priority: builder.priority,
    branch: commit.branch,
    position: commit.position,
    commitAt: commit.committedAt,
    trigger: 'commit',
    retryOf: null,
    requestedBy: null,
    maxAttempts: builder.attempts,
  };
}
