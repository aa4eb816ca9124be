/** Which builds a commit asks for. Pure. */
import { type FarmConfig, matchesGlobs, type Repository } from '../builders/index.ts';
import type { Builder } from '../builders/types.ts';
import type { NewBuild } from '../builds/ports.ts';
import type { BranchCommit } from '../source/types.ts';

export type Wanted = Omit<NewBuild, 'id' | 'createdAt'>;

export function buildersOf(config: FarmConfig, repository: Repository): readonly Builder[] {
  return config.builders.filter(({ name }) => matchesGlobs(repository.builders, name));
}

/**
 * Every commit by every builder that the repository allows. The branch's head is post-submit; what lies below it is a hole in
 * history, to be filled as it tells something. A commit that stands on several branches is wanted once by each, and the store
 * keeps the first.
 */
export function wantedBuilds(
  config: FarmConfig,
  repository: Repository,
  found: { readonly head: string; readonly commits: readonly BranchCommit[] },
): readonly Wanted[] {
  const builders = buildersOf(config, repository);
  // Newest first: when much is found at once, the head is stored and placed before the holes.
  return found.commits.toReversed().flatMap((commit) =>
    builders.map((builder) => ({
      ...forBuilder(builder),
      repo: repository.name,
      commit: commit.hash,
      class: commit.hash === found.head ? ('post-submit' as const) : ('backfill' as const),
      branch: commit.branch,
      position: commit.position,
      commitAt: commit.committedAt,
      trigger: 'commit' as const,
      retryOf: null,
      requestedBy: null,
    })),
  );
}

export function forBuilder(
  builder: Builder,
): Pick<NewBuild, 'builder' | 'hostType' | 'priority' | 'maxAttempts'> {
  return {
    builder: builder.name,
    hostType: builder.hostType,
    priority: builder.priority,
    maxAttempts: builder.attempts,
  };
}

/**
 * Of a branch's places without a build (newest first), those that should have one: all within the newest `history` places, and
 * the unbroken run from the head down, when a place below it was built: that run was found and then a crash came. A builder
 * that never built here is new, and gets its `history` only.
 */
export function missingBuilds(options: {
  readonly unbuilt: readonly BranchCommit[];
  readonly headPosition: number;
  readonly history: number;
  /** Whether the branch has a place below the one given. */
  readonly hasPlaceBelow: boolean;
}): readonly BranchCommit[] {
  const { unbuilt, headPosition, history } = options;
  const run = unbrokenRun(unbuilt, headPosition);
  const fromHead = options.hasPlaceBelow ? run : [];
  const lowest = fromHead.at(-1)?.position ?? headPosition + 1;
  return unbuilt.filter(({ position }) => position > headPosition - history || position >= lowest);
}

/** The places from the head down to the first that is built. */
export function unbrokenRun(unbuilt: readonly BranchCommit[], headPosition: number): readonly BranchCommit[] {
  const end = unbuilt.findIndex(({ position }, index) => position !== headPosition - index);
  return end === -1 ? unbuilt : unbuilt.slice(0, end);
}
