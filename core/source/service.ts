/** Watches the configured repositories and answers for their commits. */
import type { Clock } from '../../agent/kit/clock.ts';
import type { Randomness } from '../../agent/kit/ids.ts';
import type { Log } from '../../agent/kit/log.ts';
import { FarmError, invalidInput, toFarmError } from '../../agent/wire/farm-error.ts';
import type { BlobHolds } from '../blobs/index.ts';
import type { BlobStore } from '../blobs/ports.ts';
import type { FarmSettings } from '../builders/index.ts';
import { archiveGone, createArchives } from './archives.ts';
import { createGate } from './gate.ts';
import type { GitMirrors, SourceStore } from './ports.ts';
import { createRepositoryWatch, type RepositoryWatch } from './repository-watch.ts';
import { isFullHash, revisionProblem } from './revision.ts';
import type { Commit, CommitsFound, CommitsListener, Source } from './types.ts';

export interface SourceDeps {
  readonly mirrors: GitMirrors;
  readonly store: SourceStore;
  readonly settings: Pick<FarmSettings, 'state' | 'onChange'>;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly log: Log;
  readonly blobs: BlobStore;
  readonly holds: BlobHolds;
}

/** Fetches at once: enough to hide a slow remote, few enough for a small machine. */
const fetchesAtOnce = 4;

export function createSource(deps: SourceDeps): Source {
  const { mirrors, store, settings, log } = deps;
  const listeners = new Set<CommitsListener>();
  const gate = createGate(fetchesAtOnce);
  const archives = createArchives(deps);
  const watches = new Map<string, RepositoryWatch>();
  const running = new Set<Promise<void>>();
  let isRunning = false;

  /** Everybody hears, whatever one of them does with it; the first failure is told afterwards. */
  async function deliver(found: CommitsFound): Promise<void> {
    let failure: FarmError | null = null;
    for (const listener of listeners) {
      try {
        await listener(found);
      } catch (error) {
        failure ??= toFarmError(error);
      }
    }
    if (failure !== null) throw failure;
  }

  function start(repo: string, watch: RepositoryWatch): void {
    const run = watch.run().catch((error: unknown) => {
      // A watch handles what may go wrong; this is a defect, and must not be silent.
      log.error('source.watch-broke', { repo, message: toFarmError(error).message });
    });
    running.add(run);
    // The promise itself never rejects.
    void run.finally(() => running.delete(run));
  }

  function follow(): void {
    const { repositories } = settings.state().config;
    const names = new Set(repositories.map(({ name }) => name));
    for (const [name, watch] of watches) {
      if (names.has(name)) continue;
      watches.delete(name);
      watch.stop(gone(name));
    }
    for (const repository of repositories) {
      const known = watches.get(repository.name);
      if (known !== undefined) {
        known.follow(repository);
        continue;
      }
      const watch = createRepositoryWatch({ ...deps, gate, deliver }, repository);
      watches.set(repository.name, watch);
      if (isRunning) start(repository.name, watch);
    }
  }

  function watchOf(repo: string): RepositoryWatch {
    const watch = watches.get(repo);
    if (watch === undefined) throw unknownRepository(repo);
    return watch;
  }

  /** What reads the mirror, once more after a check when the mirror lacks what it needs. */
  async function fromMirror<T>(repo: string, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      const watch = watches.get(repo);
      if (watch === undefined || toFarmError(error).code !== 'source_unavailable') throw error;
      await watch.check();
      return await read();
    }
  }

  async function find(repo: string, revision: string): Promise<Commit | null> {
    if (isFullHash(revision)) {
      const stored = await store.commit(repo, revision);
      if (stored !== null) return stored;
    }
    const head = (await store.state(repo))?.heads.find(({ branch }) => branch === revision);
    const recorded = head === undefined ? null : await store.commit(repo, head.hash);
    return recorded ?? (await fromMirror(repo, () => mirrors.resolve(repo, revision)));
  }

  async function present(repo: string, hash: string): Promise<Commit> {
    const commit = (await store.commit(repo, hash)) ?? (await mirrors.resolve(repo, hash));
    if (commit === null) throw archiveGone(repo, hash);
    return commit;
  }

  follow();
  settings.onChange(follow);

  return {
    async run(signal) {
      isRunning = true;
      for (const [repo, watch] of watches) start(repo, watch);
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      });
      isRunning = false;
      const reason = toFarmError(signal.reason, { code: 'shutting_down' });
      for (const watch of watches.values()) watch.stop(reason);
      await Promise.all(running);
    },
    poke(repo) {
      const watch = watches.get(repo);
      watch?.poke();
      return watch !== undefined;
    },
    onCommits(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async resolve(repo, revision) {
      const watch = watchOf(repo);
      const problem = revisionProblem(revision);
      if (problem !== null) throw invalidInput('commit', problem);
      const found = await find(repo, revision);
      if (found !== null) return found;
      await watch.check();
      const fresh = await find(repo, revision);
      if (fresh === null) throw unknownCommit(repo, revision);
      return fresh;
    },
    archiveOf: (repo, hash, signal) =>
      fromMirror(repo, async () => archives.of(await present(repo, hash), signal)),
    files: (repo, hash) => ({
      listRoot: () => fromMirror(repo, () => mirrors.listRoot(repo, hash)),
      read: (path, maxBytes) => fromMirror(repo, () => mirrors.readFile(repo, hash, path, maxBytes)),
    }),
  };
}

function gone(repo: string): FarmError {
  return new FarmError('cancelled', `Repository "${repo}" is no longer in the configuration`, {
    blame: 'farm',
  });
}

function unknownRepository(repo: string): FarmError {
  return new FarmError('not_found', `repo: the farm has no repository "${repo}"`, {
    blame: 'caller',
    details: { field: 'repo' },
  });
}

function unknownCommit(repo: string, revision: string): FarmError {
  return new FarmError(
    'not_found',
    `commit: repository "${repo}" has no branch, tag or commit "${revision}"`,
    {
      blame: 'caller',
      details: { field: 'commit' },
    },
  );
}
