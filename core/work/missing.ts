/**
 * What the store lacks. The source records at most `history` commits of a branch before their builds exist, so whatever a crash
 * left undone is among the newest `history` places; and that many is what a builder that is new gets.
 */
import type { FarmConfig, Repository } from '../builders/types.ts';
import { isWatched } from '../source/index.ts';
import type { SourceStore } from '../source/ports.ts';
import type { RepositoryState } from '../source/types.ts';
import { buildersOf, type WantedBuild, wantedBuild } from './wanted.ts';

/** Of one branch, newest first. */
export async function missingBuilds(
  store: Pick<SourceStore, 'branchCommits' | 'unbuilt'>,
  config: FarmConfig,
  line: { readonly repository: Repository; readonly branch: string; readonly head: string },
): Promise<readonly WantedBuild[]> {
  const { repository, branch, head } = line;
  const of = { repo: repository.name, branch };
  const oldest = (await store.branchCommits({ ...of, limit: repository.history })).at(-1);
  if (oldest === undefined) return [];
  // Unbuilt places may lie further down, from before the builder was there; those are nobody's wish.
  const from = oldest.position;
  const wanted: WantedBuild[] = [];
  for (const builder of buildersOf(config, repository)) {
    for (const place of await store.unbuilt({ ...of, builder: builder.name, from })) {
      wanted.push(wantedBuild(builder, place, place.hash === head));
    }
  }
  return wanted.toSorted((a, b) => (b.position ?? 0) - (a.position ?? 0));
}

/** Branches that are watched and still there. */
export function watchedLines(
  config: FarmConfig,
  states: readonly RepositoryState[],
): readonly { readonly repository: Repository; readonly branch: string; readonly head: string }[] {
  return config.repositories.flatMap((repository) => {
    const state = states.find(({ repo }) => repo === repository.name);
    return (state?.heads ?? [])
      .filter(({ branch }) => isWatched(repository, state?.defaultBranch ?? null, branch))
      .map(({ branch, hash }) => ({ repository, branch, head: hash }));
  });
}
