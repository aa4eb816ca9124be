/** One look at a repository: fetch, compare, record, tell. */
import type { Clock } from '../../agent/kit/clock.ts';
import type { Log } from '../../agent/kit/log.ts';
import { FarmError, toFarmError } from '../../agent/wire/farm-error.ts';
import type { Repository } from '../builders/types.ts';
import { watchedHeads } from './branches.ts';
import { type DiscoveryDeps, discoverBranch, settle } from './discovery.ts';
import type { Gate } from './gate.ts';
import { orAborted, patience } from './patience.ts';
import type { GitMirrors, MirrorTarget, SourceStore } from './ports.ts';
import type { BranchHead, CommitsFound, RepositoryState } from './types.ts';

export interface CheckDeps {
  readonly mirrors: GitMirrors;
  readonly store: SourceStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Bounds how many fetches go on at once in the whole farm. */
  readonly gate: Gate;
  readonly deliver: (found: CommitsFound) => Promise<void>;
}

/** A first clone of a very large repository over a slow line. */
const updateLimitMs = 2 * 3_600_000;

/** What this process knows of a repository beyond what is stored. Only a check that went well changes it. */
interface Memory {
  /** Some check has gone well, now or before the last start: from then on a new branch is news. */
  isEstablished: boolean;
  /** Branches of the remote at the last check, watched or not; null: nobody knows. */
  branches: ReadonlySet<string> | null;
  /** See `DiscoveryDeps`. */
  readonly unsettled: Map<string, number>;
}

export type Check = (repository: Repository, signal: AbortSignal) => Promise<void>;

/** Not for two calls at once. Rejects with what went wrong, which is also recorded. */
export function createCheck(deps: CheckDeps, repo: string): Check {
  let memory: Memory | null = null;

  async function check(repository: Repository, signal: AbortSignal): Promise<void> {
    const state = await deps.store.state(repo);
    memory ??= await remember(deps, state, repo);
    const known = memory;
    const discovery = discoveryOf(deps, known, signal);
    await settle(discovery, repo, state?.heads ?? []);
    const target: MirrorTarget = { name: repo, url: repository.url };
    await update(deps, target, signal);
    // First, because a detached HEAD becomes a head by being asked for.
    const defaultBranch = await defaultBranchOf(deps, repository, state);
    const heads = await deps.mirrors.heads(repo);
    await discoverAll({ deps, discovery, repository, known, signal }, { heads, defaultBranch, state });
    known.isEstablished = true;
    const branches = new Set(heads.map(({ branch }) => branch));
    if (known.branches?.symmetricDifference(branches).size !== 0) {
      await deps.mirrors.saveCheckedBranches(repo, branches);
    }
    known.branches = branches;
    await deps.store.recordCheck({ repo, at: deps.clock.now(), error: null, defaultBranch });
  }

  return async (repository, signal) => {
    try {
      await check(repository, signal);
    } catch (error) {
      signal.throwIfAborted();
      const farmError = toFarmError(error);
      const at = deps.clock.now();
      await deps.store.recordCheck({ repo, at, error: farmError.message, defaultBranch: null });
      throw farmError;
    }
  };
}

/** Asking costs a round trip to the remote, so it is asked when it decides what is watched, and otherwise once. */
async function defaultBranchOf(
  deps: CheckDeps,
  repository: Repository,
  state: RepositoryState | null,
): Promise<string | null> {
  const known = state?.defaultBranch ?? null;
  if (repository.branches.length > 0 && known !== null) return known;
  return await deps.mirrors.defaultBranch({ name: repository.name, url: repository.url });
}

/** After a start, the branches of the last check that went well are old; what was fetched since and not recorded is news. */
async function remember(deps: CheckDeps, state: RepositoryState | null, repo: string): Promise<Memory> {
  const isEstablished = state !== null && state.lastCheckedAt !== null;
  return {
    isEstablished,
    branches: isEstablished ? await checkedBranchesOf(deps, repo) : null,
    unsettled: new Map(),
  };
}

async function checkedBranchesOf(deps: CheckDeps, repo: string): Promise<ReadonlySet<string> | null> {
  try {
    return await deps.mirrors.checkedBranches(repo);
  } catch (error) {
    // The mirror is lost and will be cloned anew; new branches are then taken for old ones.
    deps.log.warn('source.mirror-unreadable', { repo, message: toFarmError(error).message });
    return null;
  }
}

async function update(deps: CheckDeps, target: MirrorTarget, signal: AbortSignal): Promise<void> {
  await deps.gate.use(async () => {
    signal.throwIfAborted();
    const limit = patience(deps.clock, { ms: updateLimitMs, what: `Fetching "${target.name}"` }, signal);
    try {
      await deps.mirrors.update(target, limit.signal);
    } finally {
      limit.end();
    }
  });
}

/** Who was told may take its time, or hang: a stop does not wait for it. */
function discoveryOf(deps: CheckDeps, known: Memory, signal: AbortSignal): DiscoveryDeps {
  return {
    mirrors: deps.mirrors,
    store: deps.store,
    now: deps.clock.now,
    log: deps.log,
    deliver: (found) => orAborted(deps.deliver(found), signal),
    unsettled: known.unsettled,
  };
}

interface Task {
  readonly deps: CheckDeps;
  readonly discovery: DiscoveryDeps;
  readonly repository: Repository;
  readonly known: Memory;
  readonly signal: AbortSignal;
}

interface Remote {
  readonly heads: readonly BranchHead[];
  readonly defaultBranch: string | null;
  readonly state: RepositoryState | null;
}

/** A branch that fails stops no other; the first failure is told when all have been tried. */
async function discoverAll(task: Task, remote: Remote): Promise<void> {
  const { deps, discovery, repository, known, signal } = task;
  const recorded = remote.state?.heads ?? [];
  const watched = watchedHeads(repository, remote.defaultBranch, remote.heads);
  let failure = watched.length === 0 && remote.heads.length > 0 ? nothingWatched(repository, remote) : null;
  for (const head of watched) {
    signal.throwIfAborted();
    const isNewAtRemote = known.isEstablished && known.branches !== null && !known.branches.has(head.branch);
    try {
      await discoverBranch(discovery, repository, { head, recorded, isNewAtRemote });
    } catch (error) {
      signal.throwIfAborted();
      failure ??= toFarmError(error);
    }
  }
  // After the branches, so that one that was renamed finds its old name's commits known.
  const there = new Set(remote.heads.map(({ branch }) => branch));
  for (const { branch } of recorded) {
    if (!there.has(branch)) await deps.store.removeBranch({ repo: repository.name, branch });
  }
  if (failure !== null) throw failure;
}

function nothingWatched(repository: Repository, remote: Remote): FarmError {
  const some = remote.heads.slice(0, 5).map(({ branch }) => branch);
  const message =
    repository.branches.length > 0
      ? `No branch of "${repository.name}" matches ${repository.branches.join(', ')}; there are ${some.join(', ')}`
      : `The HEAD of "${repository.name}" names none of its branches; name some in the configuration, such as ${some.join(', ')}`;
  return new FarmError('source_unavailable', message, { blame: 'caller', details: { field: 'branches' } });
}
