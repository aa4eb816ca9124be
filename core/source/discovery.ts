/**
 * One branch from what is recorded to what the mirror has. Guarantees: a commit is recorded before anybody hears of it; what is
 * recorded is the root of the next discovery, so a crash at any point loses nothing; and while `deliver` has not answered for
 * some commits, no later ones of the branch are recorded, so a crash leaves at most one part of a branch, never more than
 * `history` commits and always its newest, without builds.
 */
import type { Log } from '../../agent/kit/log.ts';
import type { Repository } from '../builders/types.ts';
import { boundedUnrelated, newSince } from './new-commits.ts';
import type { GitMirrors, SourceStore } from './ports.ts';
import type { BranchHead, Commit, CommitsFound } from './types.ts';

export interface DiscoveryDeps {
  readonly mirrors: Pick<GitMirrors, 'log' | 'resolve'>;
  readonly store: Pick<SourceStore, 'branchCommits' | 'recordCommits'>;
  readonly now: () => number;
  readonly log: Log;
  readonly deliver: (found: CommitsFound) => Promise<void>;
  /**
   * Branches of which a part may be recorded that nobody took, with the size of such a part. Even a record that failed may
   * have happened.
   */
  readonly unsettled: Map<string, number>;
}

export interface BranchView {
  readonly head: BranchHead;
  /** The heads of all branches of the repository as recorded. */
  readonly recorded: readonly BranchHead[];
  /** The remote got this branch since the last check: all that is on it alone is new, not just the newest of it. */
  readonly isNewAtRemote: boolean;
}

/** Commits in one transaction, and in the hands of `deliver` at once. */
const largestPart = 100;
/** Places of a branch that bound what is new, beside its recorded head: they tell a branch that came back, and a rewound one. */
const knownPlaces = 200;

export async function discoverBranch(
  deps: DiscoveryDeps,
  repository: Repository,
  view: BranchView,
): Promise<void> {
  const { branch, hash } = view.head;
  const recordedHead = view.recorded.find((head) => head.branch === branch)?.hash;
  if (recordedHead === hash) return;
  const repo = repository.name;
  const places = await deps.store.branchCommits({ repo, branch, limit: knownPlaces });
  const known = new Set([
    ...(recordedHead === undefined ? [] : [recordedHead]),
    ...places.map((p) => p.hash),
  ]);
  const newestFirst =
    known.size === 0
      ? await firstSight(deps, repository, view)
      : await newSince(deps.mirrors, repo, { from: hash, known: [...known] });
  // A head that was rewound to has its place already, unless it is older than all that was ever recorded.
  const found =
    newestFirst.length > 0
      ? newestFirst
      : await deps.mirrors.log(repo, { from: hash, without: [], limit: 1 });
  const taken = boundedUnrelated(found, repository.history);
  if (taken.length < found.length) {
    const { length: all } = found;
    deps.log.warn('source.history-replaced', { repo, branch, commits: all, taken: taken.length });
  }
  const commits = taken.toReversed();
  await recordInParts(deps, repository, { head: view.head, commits });
}

/** The newest `history` commits, and of a branch that is new everywhere all that no recorded head reaches. */
async function firstSight(
  deps: DiscoveryDeps,
  repository: Repository,
  view: BranchView,
): Promise<readonly Commit[]> {
  const { name: repo, history } = repository;
  const from = view.head.hash;
  const newest = await deps.mirrors.log(repo, { from, without: [], limit: history });
  const known = view.recorded.map((head) => head.hash);
  if (!view.isNewAtRemote || known.length === 0) return newest;
  const own = boundedUnrelated(await newSince(deps.mirrors, repo, { from, known }), history);
  const ownHashes = new Set(own.map(({ hash }) => hash));
  // No commit that a recorded head reaches descends from one that none reaches, so all of them are older.
  return [...own, ...newest.filter(({ hash }) => !ownHashes.has(hash))];
}

/** Tells again of the newest places of branches that are unsettled: whoever took them already loses nothing by it. */
export async function settle(
  deps: Pick<DiscoveryDeps, 'store' | 'deliver' | 'unsettled'>,
  repo: string,
  recorded: readonly BranchHead[],
): Promise<void> {
  for (const [branch, limit] of [...deps.unsettled]) {
    const head = recorded.find((each) => each.branch === branch)?.hash;
    if (head !== undefined) {
      const places = await deps.store.branchCommits({ repo, branch, limit });
      await deps.deliver({ repo, branch, head, commits: places.toReversed() });
    }
    deps.unsettled.delete(branch);
  }
}

async function recordInParts(
  deps: DiscoveryDeps,
  repository: Repository,
  found: { readonly head: BranchHead; readonly commits: readonly Commit[] },
): Promise<void> {
  const { branch, hash } = found.head;
  const size = Math.min(repository.history, largestPart);
  let at = 0;
  do {
    deps.unsettled.set(branch, size);
    const part = found.commits.slice(at, at + size);
    at += size;
    const isLast = at >= found.commits.length;
    const places = await deps.store.recordCommits({
      repo: repository.name,
      branch,
      // Oldest first, every ancestor of a part's last commit is in it, in an earlier part, or known.
      head: isLast ? hash : (part.at(-1)?.hash ?? hash),
      commits: part,
      seenAt: deps.now(),
    });
    await deps.deliver({ repo: repository.name, branch, head: hash, commits: places });
    deps.unsettled.delete(branch);
  } while (at < found.commits.length);
}
