/** A git repository as a graph: what a remote holds, and mirrors of it that know only what they fetched. */
import { createHash } from 'node:crypto';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { GitMirrors } from '../../core/source/ports.ts';
import type { Commit } from '../../core/source/types.ts';

export interface GraphCommit {
  readonly hash: string;
  readonly parents: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** Grows with every commit made. */
  readonly order: number;
}

export interface FakeRemote {
  readonly url: string;
  readonly branches: Map<string, string>;
  readonly tags: Map<string, string>;
  readonly commits: ReadonlyMap<string, GraphCommit>;
  /** The branch that HEAD names; null: none. */
  head: string | null;
  /** While set, fetching fails with it. */
  broken: string | null;
  /** Makes a commit that no branch holds yet. */
  make(parents: readonly string[], files?: Readonly<Record<string, string>>): string;
  /** Commits on top of a branch, which is made when there is none; answers the hash. */
  push(branch: string, files?: Readonly<Record<string, string>>): string;
}

export function createFakeRemote(url = '/srv/git/project.git'): FakeRemote {
  const commits = new Map<string, GraphCommit>();
  const branches = new Map<string, string>();
  function make(parents: readonly string[], files: Readonly<Record<string, string>> = {}): string {
    const order = commits.size;
    const hash = createHash('sha1').update(`${url} ${order} ${parents}`).digest('hex');
    commits.set(hash, { hash, parents, files, order });
    return hash;
  }
  return {
    url,
    branches,
    tags: new Map(),
    commits,
    head: 'main',
    broken: null,
    make,
    push(branch, files) {
      const parent = branches.get(branch);
      const hash = make(parent === undefined ? [] : [parent], files);
      branches.set(branch, hash);
      return hash;
    },
  };
}

/** Every commit that `from` reaches, itself included. */
export function reachable(
  commits: ReadonlyMap<string, GraphCommit>,
  from: readonly string[],
): ReadonlySet<string> {
  const reached = new Set<string>();
  const open = [...from];
  for (let hash = open.pop(); hash !== undefined; hash = open.pop()) {
    if (reached.has(hash)) continue;
    reached.add(hash);
    open.push(...(commits.get(hash)?.parents ?? []));
  }
  return reached;
}

interface Mirror {
  checked: ReadonlySet<string> | null;
  remote: FakeRemote;
  objects: Map<string, GraphCommit>;
  branches: Map<string, string>;
  tags: Map<string, string>;
}

export interface FakeMirrors extends GitMirrors {
  /** The mirror of a repository is gone from the disk; the next update clones it anew. */
  lose(repo: string): void;
  readonly updates: number;
}

export function createFakeMirrors(...remotes: readonly FakeRemote[]): FakeMirrors {
  const mirrors = new Map<string, Mirror>();
  let updates = 0;

  function remoteAt(url: string): FakeRemote {
    const remote = remotes.find((each) => each.url === url);
    if (remote === undefined) throw unavailable(`repository '${url}' not found`);
    if (remote.broken !== null) throw unavailable(remote.broken);
    return remote;
  }
  function mirrorOf(repo: string): Mirror {
    const mirror = mirrors.get(repo);
    if (mirror === undefined) throw unavailable(`there is no mirror of ${repo}`);
    return mirror;
  }
  function find(repo: string, revision: string): GraphCommit | null {
    const { objects, branches, tags } = mirrorOf(repo);
    const named = branches.get(revision) ?? tags.get(revision);
    if (named !== undefined) return objects.get(named) ?? null;
    if (!/^[0-9a-f]{4,64}$/.test(revision)) return null;
    const matches = [...objects.values()].filter(({ hash }) => hash.startsWith(revision));
    return matches.length === 1 ? (matches[0] ?? null) : null;
  }
  function must(repo: string, hash: string): GraphCommit {
    const commit = mirrorOf(repo).objects.get(hash);
    if (commit === undefined) throw unavailable(`bad object ${hash}`);
    return commit;
  }

  return {
    get updates() {
      return updates;
    },
    lose: (repo) => mirrors.delete(repo),
    async update({ name, url }, signal) {
      signal?.throwIfAborted();
      updates++;
      const remote = remoteAt(url);
      const objects = mirrors.get(name)?.objects ?? new Map<string, GraphCommit>();
      for (const hash of reachable(remote.commits, [...remote.branches.values(), ...remote.tags.values()])) {
        const commit = remote.commits.get(hash);
        if (commit !== undefined) objects.set(hash, commit);
      }
      const checked = mirrors.get(name)?.checked ?? null;
      const [branches, tags] = [new Map(remote.branches), new Map(remote.tags)];
      mirrors.set(name, { remote, objects, checked, branches, tags });
    },
    async heads(repo) {
      return [...mirrorOf(repo).branches].map(([branch, hash]) => ({ branch, hash }));
    },
    async checkedBranches(repo) {
      return mirrorOf(repo).checked;
    },
    async saveCheckedBranches(repo, branches) {
      mirrorOf(repo).checked = new Set(branches);
    },
    async defaultBranch({ url }) {
      return remoteAt(url).head;
    },
    async log(repo, { from, without, limit }) {
      must(repo, from);
      for (const hash of without) must(repo, hash);
      const { objects } = mirrorOf(repo);
      const excluded = reachable(objects, without);
      const included = [...reachable(objects, [from])].filter((hash) => !excluded.has(hash));
      return topological(included, objects)
        .slice(0, limit)
        .map((commit) => commitOf(repo, commit));
    },
    async resolve(repo, revision) {
      const commit = find(repo, revision);
      return commit === null ? null : commitOf(repo, commit);
    },
    async listRoot(repo, hash) {
      return Object.keys(must(repo, hash).files);
    },
    async readFile(repo, hash, path, maxBytes) {
      const text = must(repo, hash).files[path];
      return text === undefined ? null : { text: text.slice(0, maxBytes), cut: text.length > maxBytes };
    },
    async *archive(repo, hash) {
      const commit = must(repo, hash);
      // Like git, the tar of a commit holds the commit's id, so that equal trees give different bytes.
      yield new TextEncoder().encode(`${hash}\n`);
      yield new TextEncoder().encode(JSON.stringify(commit.files));
    },
  };
}

/** Newest first, no commit before one of its descendants: children first, of those that are free the newest. */
function topological(hashes: readonly string[], objects: ReadonlyMap<string, GraphCommit>): GraphCommit[] {
  const left = new Set(hashes);
  const childrenOf = new Map<string, number>();
  for (const hash of left) {
    for (const parent of objects.get(hash)?.parents ?? []) {
      if (left.has(parent)) childrenOf.set(parent, (childrenOf.get(parent) ?? 0) + 1);
    }
  }
  const free = [...left].filter((hash) => !childrenOf.has(hash));
  const sorted: GraphCommit[] = [];
  while (free.length > 0) {
    free.sort((a, b) => (objects.get(a)?.order ?? 0) - (objects.get(b)?.order ?? 0));
    const commit = objects.get(free.pop() ?? '');
    if (commit === undefined) continue;
    sorted.push(commit);
    for (const parent of commit.parents) {
      const children = childrenOf.get(parent);
      if (children === undefined) continue;
      if (children === 1) free.push(parent);
      childrenOf.set(parent, children - 1);
    }
  }
  return sorted;
}

function commitOf(repo: string, { hash, parents, files, order }: GraphCommit): Commit {
  return {
    repo,
    hash,
    tree: createHash('sha1').update(JSON.stringify(files)).digest('hex'),
    parents,
    author: { name: 'Ada', email: 'ada@example.org' },
    authoredAt: order * 1_000,
    committedAt: order * 1_000,
    subject: `Commit ${order}`,
  };
}

function unavailable(message: string): FarmError {
  return new FarmError('source_unavailable', message, { blame: 'outside', retry: 'same' });
}
