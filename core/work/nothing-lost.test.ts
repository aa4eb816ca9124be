/** From a push to a build that waits and is heard of: under random histories, crashes and faults at every call. */
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createIdSource } from '../../agent/kit/ids.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { fakeSettings } from '../../test/fakes/fake-settings.ts';
import { createFaults } from '../../test/fakes/faults.ts';
import { createFakeMirrors, createFakeRemote } from '../../test/fakes/git-remote.ts';
import { createMemoryBlobs } from '../../test/fakes/memory-blobs.ts';
import { createMemoryBuilds } from '../../test/fakes/memory-build-store.ts';
import { createMemorySourceStore } from '../../test/fakes/memory-source-store.ts';
import { createBlobHolds } from '../blobs/index.ts';
import { builderDefaults, repositoryDefaults } from '../builders/defaults.ts';
import { createSource, type Source } from '../source/index.ts';
import { createWork } from './service.ts';

const branch = fc.constantFrom('main', 'dev');
const when = fc.constantFrom('before' as const, 'after' as const);
const act = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      branch,
      count: fc.integer({ min: 1, max: 6 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rewind' as const), branch, pick: fc.nat(99) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'look' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('fault' as const),
      calls: fc.nat(30),
      when,
      restarts: fc.boolean(),
    }),
  },
);

test('every recorded commit of a branch has one build of each builder, and each was heard of', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 25, size: 'max' }), async (acts) => {
      const it = await world();
      for (const step of acts) {
        if (step.kind === 'push') for (let i = 0; i < step.count; i++) it.remote.push(step.branch);
        else if (step.kind === 'rewind') it.rewind(step.branch, step.pick);
        else if (step.kind === 'look') await it.look();
        else if (step.kind === 'restart') await it.restart();
        else {
          it.faults.arm(step.calls, step.when);
          await it.look();
          it.faults.disarm();
          if (step.restarts) await it.restart();
        }
      }
      await it.look();
      for (const name of it.remote.branches.keys()) {
        for (const { hash } of await it.store.branchCommits({
          repo: 'project',
          branch: name,
          limit: 10_000,
        })) {
          const own = it.builds.all().filter((build) => build.commit === hash);
          expect(own.map((build) => build.builder).toSorted()).toEqual(['a', 'b']);
          for (const build of own) expect(it.heardOf.has(build.id)).toBe(true);
        }
      }
    }),
    { numRuns: 60 },
  );
});

async function world() {
  const remote = createFakeRemote();
  const mirrors = createFakeMirrors(remote);
  const builds = createMemoryBuilds();
  const store = createMemorySourceStore((repo, commit, builder) =>
    builds.all().some((build) => build.repo === repo && build.commit === commit && build.builder === builder),
  );
  const settings = fakeSettings({
    repositories: [{ ...repositoryDefaults, name: 'project', url: remote.url, branches: ['**'], history: 2 }],
    builders: ['a', 'b'].map((name) => ({ ...builderDefaults, name, hostType: 'local' })),
  });
  const faults = createFaults();
  const clock = createManualClock(0);
  const randomness = {
    bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
    fraction: () => 0,
  };
  const ids = createIdSource({ now: clock.now, randomness });
  let heardOf = new Set<string>();
  let source: Source;
  let stop = (): void => undefined;

  async function restart(): Promise<void> {
    stop();
    // Whatever waits in the store is taken up at a start.
    heardOf = new Set(builds.all().map(({ id }) => id));
    const ports = { store: faults.over(store), mirrors: faults.over(mirrors), builds: faults.over(builds) };
    source = createSource({
      holds: createBlobHolds(),
      ...ports,
      settings,
      clock,
      randomness,
      log: silentLog,
      blobs: createMemoryBlobs(),
    });
    const work = createWork({
      ...ports,
      source,
      settings,
      clock,
      ids,
      log: silentLog,
      onCreated: (fresh) => {
        for (const { id } of fresh) heardOf.add(id);
      },
    });
    await work.start();
    stop = work.stop;
  }
  await restart();
  return {
    remote,
    store,
    builds,
    faults,
    restart,
    get heardOf() {
      return heardOf;
    },
    look: () => source.resolve('project', 'not-there').then(fail, () => undefined),
    rewind(name: string, pick: number) {
      const hash = [...remote.commits.keys()][pick % Math.max(remote.commits.size, 1)];
      if (hash !== undefined) remote.branches.set(name, hash);
    },
  };
}

function fail(): never {
  throw new Error('A branch that is not there was found');
}
