import type { Clock } from '../../agent/kit/clock.ts';
import type { IdSource } from '../../agent/kit/ids.ts';
import type { Log } from '../../agent/kit/log.ts';
import { FarmError, invalidInput, toFarmError } from '../../agent/wire/farm-error.ts';
import type { FarmConfig, FarmSettings, Repository } from '../builders/index.ts';
import type { Builder } from '../builders/types.ts';
import type { BuildStore, NewBuild } from '../builds/ports.ts';
import type { Build } from '../builds/types.ts';
import type { BranchCommit, Source } from '../source/index.ts';
import type { SourceStore } from '../source/ports.ts';
import { buildersOf, forBuilder, missingBuilds, unbrokenRun, type Wanted, wantedBuilds } from './rules.ts';
import type { BuildRequest, Work } from './types.ts';

export interface WorkDeps {
  readonly source: Pick<Source, 'onCommits' | 'resolve'>;
  readonly store: Pick<SourceStore, 'state' | 'unbuilt' | 'branchCommits' | 'saveCommit'>;
  readonly builds: Pick<BuildStore, 'create' | 'cells'>;
  readonly settings: Pick<FarmSettings, 'state' | 'onChange'>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  /** Builds that are new in the store and wait. */
  readonly onCreated: (builds: readonly Build[]) => void;
}

/** Builds stored in one transaction. */
const createAtOnce = 200;
/** Places without a build that are looked at when something may be missing; more than is ever recorded at once. */
const reconcileDepth = 2_000;
/** How far back on a branch a commit that is asked for by hand is looked for, to give its build a place in history. */
const placeSearchDepth = 200;

export function createWork(deps: WorkDeps): Work {
  const { settings, store, clock, ids } = deps;
  const log = deps.log.with({ part: 'work' });
  let reconciling: Promise<void> = Promise.resolve();

  async function create(wanted: readonly Wanted[]): Promise<void> {
    for (let from = 0; from < wanted.length; from += createAtOnce) {
      const now = clock.now();
      const fresh: NewBuild[] = wanted
        .slice(from, from + createAtOnce)
        .map((build) => ({ ...build, id: ids.next('bld'), createdAt: now }));
      const stored = await deps.builds.create(fresh);
      deps.onCreated(stored.flatMap(({ build, created }) => (created ? [build] : [])));
    }
  }

  function repositoryNamed(config: FarmConfig, name: string): Repository {
    const found = config.repositories.find((repository) => repository.name === name);
    if (found !== undefined) return found;
    const names = config.repositories.map((repository) => repository.name).join(', ');
    throw invalidInput('repo', `no repository is called "${name}"; there are: ${names}`);
  }

  function builderNamed(config: FarmConfig, repository: Repository, name: string): Builder {
    const allowed = buildersOf(config, repository);
    const found = allowed.find((builder) => builder.name === name);
    if (found !== undefined) return found;
    const names = allowed.map((builder) => builder.name).join(', ');
    throw invalidInput('builder', `"${name}" is none that builds "${repository.name}"; there are: ${names}`);
  }

  /** A build asked for by hand counts in the history of the default branch when its commit stands there. */
  async function placeOf(
    repo: string,
    hash: string,
  ): Promise<{ readonly branch: string | null; readonly position: number | null }> {
    const state = await store.state(repo);
    const branches = [state?.defaultBranch, ...(state?.heads ?? []).map(({ branch }) => branch)];
    for (const branch of new Set(branches)) {
      if (branch == null) continue;
      const commits = await store.branchCommits({ repo, branch, limit: placeSearchDepth });
      const found = commits.find((commit) => commit.hash === hash);
      if (found !== undefined) return { branch, position: found.position };
    }
    return { branch: null, position: null };
  }

  async function request({
    repo,
    commit: revision,
    builder: name,
    requestedBy,
  }: BuildRequest): Promise<Build> {
    const { config } = settings.state();
    const repository = repositoryNamed(config, repo);
    const builder = builderNamed(config, repository, name);
    const commit = await deps.source.resolve(repo, revision);
    await store.saveCommit(commit);
    const place = await placeOf(repo, commit.hash);
    return await createOne({
      ...forBuilder(builder),
      ...place,
      repo,
      commit: commit.hash,
      class: 'interactive',
      commitAt: commit.committedAt,
      trigger: 'request',
      retryOf: null,
      requestedBy,
    });
  }

  async function retry(build: Build, requestedBy: string): Promise<Build> {
    const { config } = settings.state();
    const builder = builderNamed(config, repositoryNamed(config, build.repo), build.builder);
    const { repo, commit, branch, position, commitAt } = build;
    return await createOne({
      ...forBuilder(builder),
      repo,
      commit,
      branch,
      position,
      commitAt,
      class: 'interactive',
      trigger: 'retry',
      retryOf: build.id,
      requestedBy,
    });
  }

  async function createOne(wanted: Wanted): Promise<Build> {
    const [stored] = await deps.builds.create([{ ...wanted, id: ids.next('bld'), createdAt: clock.now() }]);
    if (stored === undefined)
      throw new FarmError('internal', 'The store answered without the build', { blame: 'farm' });
    deps.onCreated([stored.build]);
    return stored.build;
  }

  async function missingOf(
    repository: Repository,
    branch: string,
    builder: Builder,
  ): Promise<readonly BranchCommit[]> {
    const line = { repo: repository.name, branch };
    const [head] = await store.branchCommits({ ...line, limit: 1 });
    if (head === undefined) return [];
    const unbuilt = await store.unbuilt({
      ...line,
      builder: builder.name,
      limit: Math.max(reconcileDepth, repository.history),
    });
    const lowest = unbrokenRun(unbuilt, head.position).at(-1);
    const below =
      lowest === undefined ? [] : await store.branchCommits({ ...line, before: lowest.position, limit: 1 });
    const missing = missingBuilds({
      unbuilt,
      headPosition: head.position,
      history: repository.history,
      hasPlaceBelow: below.length > 0 && unbuilt.length < reconcileDepth,
    });
    return missing.toReversed();
  }

  /** Commits that are recorded and not built: a crash in between, or a builder that is new. */
  async function reconcile(): Promise<void> {
    const { config } = settings.state();
    for (const repository of config.repositories) {
      const heads = (await store.state(repository.name))?.heads ?? [];
      for (const { branch, hash: head } of heads) {
        for (const builder of buildersOf(config, repository)) {
          const commits = await missingOf(repository, branch, builder);
          const only: FarmConfig = { ...config, builders: [builder] };
          await create(wantedBuilds(only, repository, { head, commits }));
        }
      }
    }
  }

  /** One after the other: two at once would want the same builds twice, to no harm but in vain. */
  function reconcileNext(): Promise<void> {
    reconciling = reconciling.then(reconcile).catch((error: unknown) => {
      log.error('work.reconcile-failed', { message: toFarmError(error).message });
    });
    return reconciling;
  }

  return {
    request,
    retry,
    async start() {
      deps.source.onCommits(async ({ repo, head, commits }) => {
        const { config } = settings.state();
        const repository = config.repositories.find(({ name }) => name === repo);
        if (repository !== undefined) await create(wantedBuilds(config, repository, { head, commits }));
      });
      settings.onChange(() => void reconcileNext());
      await reconcileNext();
    },
  };
}
