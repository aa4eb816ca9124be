/** Turns commits and wishes into builds that wait. */
import type { Clock } from '../../agent/kit/clock.ts';
import type { IdSource } from '../../agent/kit/ids.ts';
import type { Log } from '../../agent/kit/log.ts';
import { FarmError, toFarmError } from '../../agent/wire/farm-error.ts';
import type { FarmSettings } from '../builders/index.ts';
import type { BuildStore } from '../builds/ports.ts';
import type { Build } from '../builds/types.ts';
import type { SourceStore } from '../source/ports.ts';
import type { CommitsFound, Source } from '../source/types.ts';
import { missingBuilds, watchedLines } from './missing.ts';
import { requestedBuild, requestedBuilder, retryBuild } from './requests.ts';
import type { Work } from './types.ts';
import { type WantedBuild, wantedBuilds } from './wanted.ts';

export interface WorkDeps {
  readonly source: Pick<Source, 'onCommits' | 'resolve'>;
  readonly builds: Pick<BuildStore, 'create' | 'place'>;
  readonly store: SourceStore;
  readonly settings: Pick<FarmSettings, 'state' | 'onChange'>;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  /** Hears of builds that are stored and wait; of one whose storing seemed to fail, perhaps twice. */
  readonly onCreated: (builds: readonly Build[]) => void;
}

/** One transaction each, so that a large farm's does not hold up everybody else's. */
const createdAtOnce = 500;
/** Between attempts to make up for what is missing while the store fails. */
const retryMs = 5_000;

export function createWork(deps: WorkDeps): Work {
  const { store, settings, clock, log } = deps;
  const stopped = new AbortController();
  const stops: (() => void)[] = [];
  let lastTurn: Promise<unknown> = Promise.resolve();
  let config = settings.state().config;
  /** Builds whose creation failed, which may have happened all the same without anybody hearing of it. */
  const unsure = new Set<string>();

  /** New commits wait for what is older and missing, so that gaps are always the newest places of a branch. */
  function inTurn(run: () => Promise<void>): Promise<void> {
    const turn = lastTurn.then(run);
    // The next turn comes whatever became of this one; who asked for it hears of it.
    lastTurn = turn.catch(() => undefined);
    return turn;
  }

  async function create(wanted: readonly WantedBuild[]): Promise<void> {
    for (let at = 0; at < wanted.length; at += createdAtOnce) {
      const part = wanted.slice(at, at + createdAtOnce);
      const fresh = (await createPart(part)).filter(
        ({ build, created }) => created || (build.state === 'waiting' && unsure.has(keyOf(build))),
      );
      for (const build of part) unsure.delete(keyOf(build));
      if (fresh.length > 0) deps.onCreated(fresh.map(({ build }) => build));
    }
  }

  async function createPart(part: readonly WantedBuild[]): ReturnType<BuildStore['create']> {
    const createdAt = clock.now();
    try {
      // Lists show the last id first, and there the newest commit belongs, which is the first of the part.
      const oldestFirst = part
        .toReversed()
        .map((build) => ({ ...build, id: deps.ids.next('bld'), createdAt }));
      return await deps.builds.create(oldestFirst.toReversed());
    } catch (error) {
      for (const build of part) unsure.add(keyOf(build));
      throw error;
    }
  }

  async function createOne(wanted: WantedBuild): Promise<Build> {
    const id = deps.ids.next('bld');
    const stored = await deps.builds.create([{ ...wanted, id, createdAt: clock.now() }]);
    const [first] = stored;
    if (first === undefined) throw storeIsSilent(id);
    if (first.created) deps.onCreated([first.build]);
    return first.build;
  }

  async function follow(found: CommitsFound): Promise<void> {
    const now = settings.state().config;
    const repository = now.repositories.find(({ name }) => name === found.repo);
    if (repository !== undefined) await create(wantedBuilds(now, repository, found));
  }

  async function makeUp(): Promise<void> {
    const now = settings.state().config;
    let count = 0;
    for (const line of watchedLines(now, await store.states())) {
      const missing = await missingBuilds(store, now, line);
      await create(missing);
      count += missing.length;
    }
    if (count > 0) log.info('work.made-up', { builds: count });
  }

  /** The configuration counts already; what it wants is created as soon as the store lets it. */
  async function makeUpUntilDone(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        return await makeUp();
      } catch (error) {
        log.error('work.make-up-failed', { message: toFarmError(error).message });
      }
      // A stop ends the pause; the loop sees it.
      await clock.sleep(retryMs, stopped.signal).catch(() => undefined);
    }
  }

  function onConfig(): void {
    const next = settings.state().config;
    if (next === config) return;
    config = next;
    // Never rejects, and `stop` ends it.
    void inTurn(makeUpUntilDone);
  }

  return {
    async start() {
      const first = inTurn(makeUp);
      stops.push(deps.source.onCommits((found) => inTurn(() => follow(found))));
      stops.push(settings.onChange(onConfig));
      await first;
    },
    stop() {
      stopped.abort();
      for (const stop of stops.splice(0)) stop();
    },
    async request(op) {
      const builder = requestedBuilder(settings.state().config, op);
      const commit = await deps.source.resolve(op.repo, op.commit);
      if ((await store.commit(op.repo, commit.hash)) === null) await store.saveCommit(commit);
      const place = await deps.builds.place({ repo: op.repo, commit: commit.hash });
      return await createOne(requestedBuild(builder, commit, { place, requestedBy: op.requestedBy }));
    },
    retry: async (build, by) => await createOne(retryBuild(settings.state().config, build, by)),
  };
}

function keyOf(build: Pick<WantedBuild, 'repo' | 'commit' | 'builder'>): string {
  return `${build.repo} ${build.commit} ${build.builder}`;
}

function storeIsSilent(id: string): FarmError {
  return new FarmError('internal', `The build store answered nothing for build "${id}"`, { blame: 'farm' });
}
