import type { SourceStore } from '../../core/source/ports.ts';
import type { BranchCommit, Commit, RepositoryState, SourceArchive } from '../../core/source/types.ts';

interface Branch {
  head: string | null;
  nextPosition: number;
  readonly places: Map<string, BranchCommit>;
}

interface Repo {
  lastCheckedAt: number | null;
  lastError: string | null;
  defaultBranch: string | null;
  readonly branches: Map<string, Branch>;
}

/** `isBuilt` answers for builds of any trigger; without it nothing is built. */
export function createMemorySourceStore(
  isBuilt: (repo: string, commit: string, builder: string) => boolean = () => false,
): SourceStore {
  const repos = new Map<string, Repo>();
  const commits = new Map<string, Commit>();
  const archives = new Map<string, SourceArchive>();

  function repoOf(repo: string): Repo {
    const known = repos.get(repo);
    if (known !== undefined) return known;
    const fresh: Repo = { lastCheckedAt: null, lastError: null, defaultBranch: null, branches: new Map() };
    repos.set(repo, fresh);
    return fresh;
  }

  function stateOf(repo: string, { branches, ...rest }: Repo): RepositoryState {
    const heads = [...branches]
      .flatMap(([branch, { head }]) => (head === null ? [] : [{ branch, hash: head }]))
      .toSorted((a, b) => (a.branch < b.branch ? -1 : 1));
    return { repo, ...rest, heads };
  }

  function saveCommit(commit: Commit): void {
    const key = `${commit.repo} ${commit.hash}`;
    const { repo, hash, tree, parents, author, authoredAt, committedAt, subject } = commit;
    if (commits.has(key)) return;
    commits.set(key, { repo, hash, tree, parents, author, authoredAt, committedAt, subject });
  }

  function newestFirst(repo: string, branch: string): readonly BranchCommit[] {
    const places = repos.get(repo)?.branches.get(branch)?.places ?? new Map<string, BranchCommit>();
    return [...places.values()].toSorted((a, b) => b.position - a.position);
  }

  return {
    async state(repo) {
      const known = repos.get(repo);
      return known === undefined ? null : stateOf(repo, known);
    },
    async states() {
      return [...repos].map(([repo, known]) => stateOf(repo, known));
    },
    async recordCheck({ repo, at, error, defaultBranch }) {
      const known = repoOf(repo);
      known.lastCheckedAt = at;
      known.lastError = error;
      known.defaultBranch = error === null ? defaultBranch : (defaultBranch ?? known.defaultBranch);
    },
    async recordCommits({ repo, branch: name, head, commits: found, seenAt }) {
      const { branches } = repoOf(repo);
      const branch = branches.get(name) ?? { head: null, nextPosition: 0, places: new Map() };
      branches.set(name, branch);
      branch.head = head;
      return found.flatMap((commit) => {
        if (branch.places.has(commit.hash)) return [];
        saveCommit(commit);
        const place = { ...commit, branch: name, position: branch.nextPosition++, seenAt };
        branch.places.set(commit.hash, place);
        return [place];
      });
    },
    async removeBranch({ repo, branch }) {
      const known = repos.get(repo)?.branches.get(branch);
      if (known !== undefined) known.head = null;
    },
    async commit(repo, hash) {
      return commits.get(`${repo} ${hash}`) ?? null;
    },
    async saveCommit(commit) {
      saveCommit(commit);
    },
    async branchCommits({ repo, branch, before = Number.POSITIVE_INFINITY, limit }) {
      return newestFirst(repo, branch)
        .filter(({ position }) => position < before)
        .slice(0, limit);
    },
    async commitLines({ repo, branch, before = Number.POSITIVE_INFINITY, limit }) {
      return newestFirst(repo, branch)
        .filter(({ position }) => position < before)
        .slice(0, limit)
        .map(({ position, hash, subject, author }) => ({ position, hash, subject, author }));
    },
    async unbuilt({ repo, branch, builder, from }) {
      return newestFirst(repo, branch).filter(
        ({ hash, position }) => position >= from && !isBuilt(repo, hash, builder),
      );
    },
    async archive({ repo, tree }) {
      return archives.get(`${repo} ${tree}`) ?? null;
    },
    async saveArchive(archive) {
      archives.set(`${archive.repo} ${archive.tree}`, archive);
    },
  };
}
