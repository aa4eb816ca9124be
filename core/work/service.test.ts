import { describe, expect, test } from 'bun:test';
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
import type { Builder } from '../builders/types.ts';
import { createSource } from '../source/index.ts';
import { createWork } from './service.ts';

function builder(name: string): Builder {
  return { ...builderDefaults, name, hostType: 'local' };
}

function world() {
  const remote = createFakeRemote();
  const builds = createMemoryBuilds();
  const store = createMemorySourceStore((repo, commit, name) =>
    builds.all().some((build) => build.repo === repo && build.commit === commit && build.builder === name),
  );
  const settings = fakeSettings({
    repositories: [{ ...repositoryDefaults, name: 'project', url: remote.url, branches: ['**'], history: 3 }],
    builders: [builder('linux')],
  });
  const clock = createManualClock(1_000);
  const randomness = {
    bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)),
    fraction: () => 0,
  };
  const faults = createFaults();
  const created: string[] = [];
  const source = createSource({
    holds: createBlobHolds(),
    mirrors: createFakeMirrors(remote),
    store,
    settings,
    clock,
    randomness,
    log: silentLog,
    blobs: createMemoryBlobs(),
  });
  const work = createWork({
    source,
    builds: faults.over(builds),
    store,
    settings,
    clock,
    ids: createIdSource({ now: clock.now, randomness }),
    log: silentLog,
    onCreated: (fresh) => created.push(...fresh.map((build) => `${build.builder} ${build.commit}`)),
  });
  /** Any look at the repository will do; asking for what is not there is one. */
  async function look(): Promise<void> {
    await source.resolve('project', 'not-there').catch(() => undefined);
  }
  async function advance(ms: number): Promise<void> {
    await clock.advance(ms);
    for (let round = 0; round < 20; round++) await clock.advance(0);
  }
  return { remote, builds, store, settings, clock, faults, created, source, work, look, advance };
}

describe('commits that are found', () => {
  test('become builds, told once', async () => {
    const it = world();
    await it.work.start();
    const hashes = [1, 2, 3].map(() => it.remote.push('main'));
    await it.look();
    expect(it.created).toEqual(hashes.toReversed().map((hash) => `linux ${hash}`));
    expect(it.builds.all().map((build) => build.class)).toEqual(['post-submit', 'backfill', 'backfill']);
    await it.look();
    expect(it.created).toHaveLength(3);
  });

  test('of one look stand in lists with the newest first', async () => {
    const it = world();
    const hashes = ['main', 'main', 'main'].map((branch) => it.remote.push(branch));
    await it.work.start();
    await it.look();
    const listed = it.builds.all().toSorted((a, b) => (a.id < b.id ? 1 : -1));
    expect(listed.map(({ commit }) => commit)).toEqual(hashes.toReversed());
  });

  test('on two branches become one build', async () => {
    const it = world();
    await it.work.start();
    const hash = it.remote.push('main');
    it.remote.branches.set('dev', hash);
    await it.look();
    expect(it.created).toEqual([`linux ${hash}`]);
  });

  test('while the store fails become builds later, in order', async () => {
    const it = world();
    await it.work.start();
    it.remote.push('main');
    it.faults.arm(0, 'after');
    await it.look();
    expect(it.created).toEqual([]);
    it.remote.push('main');
    await it.look();
    it.faults.disarm();
    await it.look();
    expect(it.created).toHaveLength(2);
    expect(new Set(it.created).size).toBe(2);
  });
});

describe('at the start', () => {
  test('what a crash left without builds is made up, newest first', async () => {
    const it = world();
    const hashes = [1, 2, 3].map(() => it.remote.push('main'));
    await it.look();
    expect(it.builds.all()).toEqual([]);
    await it.work.start();
    expect(it.created).toEqual(hashes.toReversed().map((hash) => `linux ${hash}`));
    expect(it.builds.all()[0]?.class).toBe('post-submit');
  });

  test('a store that fails fails the start', async () => {
    const it = world();
    it.remote.push('main');
    await it.look();
    it.faults.arm(0, 'before');
    await expect(it.work.start()).rejects.toMatchObject({ code: 'storage_failed' });
  });
});

describe('the configuration changes', () => {
  test('a new builder gets the newest of the history, and only once', async () => {
    const it = world();
    await it.work.start();
    const hashes = Array.from({ length: 3 }, () => it.remote.push('main'));
    await it.look();
    hashes.push(...Array.from({ length: 4 }, () => it.remote.push('main')));
    await it.look();
    it.created.length = 0;
    it.settings.set({ builders: [builder('linux'), builder('race')] });
    await it.advance(0);
    expect(it.created).toEqual(
      hashes
        .slice(-3)
        .toReversed()
        .map((hash) => `race ${hash}`),
    );
    it.settings.set({ name: 'renamed' });
    await it.advance(0);
    expect(it.created).toHaveLength(3);
  });

  test('while the store fails: it is tried until it works', async () => {
    const it = world();
    await it.work.start();
    it.remote.push('main');
    await it.look();
    it.faults.arm(0, 'before');
    it.settings.set({ builders: [builder('race')] });
    await it.advance(20_000);
    it.faults.disarm();
    await it.advance(5_000);
    expect(it.created.at(-1)).toStartWith('race ');
  });

  test('after a stop nothing is followed and nothing waits', async () => {
    const it = world();
    await it.work.start();
    it.remote.push('main');
    it.work.stop();
    it.settings.set({ builders: [builder('race')] });
    await it.advance(0);
    await it.look();
    expect(it.created).toEqual([]);
    expect(it.clock.waiting).toBe(0);
  });
});

describe('a request', () => {
  const asked = { repo: 'project', commit: 'main', builder: 'linux', requestedBy: 'ada' };

  test('makes a build each time, at the commit’s place when the farm knows it', async () => {
    const it = world();
    await it.work.start();
    const hash = it.remote.push('main');
    await it.look();
    const first = await it.work.request(asked);
    const second = await it.work.request({ ...asked, commit: hash.slice(0, 10) });
    expect(second.id).not.toBe(first.id);
    expect(first).toMatchObject({ commit: hash, class: 'interactive', branch: 'main', position: 0 });
    expect(it.created).toHaveLength(3);
  });

  test('for a commit on no watched branch remembers it', async () => {
    const it = world();
    await it.work.start();
    const hash = it.remote.make([it.remote.push('main')]);
    it.remote.tags.set('v1', hash);
    expect(await it.work.request({ ...asked, commit: 'v1' })).toMatchObject({ branch: null, position: null });
    expect((await it.store.commit('project', hash))?.hash).toBe(hash);
  });

  test('that is wrong names the field and leaves nothing', async () => {
    const it = world();
    await it.work.start();
    it.remote.push('main');
    for (const [change, field] of [
      [{ repo: 'nobody' }, 'repo'],
      [{ builder: 'nobody' }, 'builder'],
      [{ commit: 'nothing' }, 'commit'],
      [{ commit: '' }, 'commit'],
    ] as const) {
      await expect(it.work.request({ ...asked, ...change })).rejects.toMatchObject({ details: { field } });
    }
    expect(it.builds.all().every((build) => build.trigger === 'commit')).toBe(true);
  });

  test('a retry is a new build of the same commit', async () => {
    const it = world();
    await it.work.start();
    it.remote.push('main');
    const build = await it.work.request(asked);
    await expect(it.work.retry(build, 'bob')).rejects.toMatchObject({ code: 'conflict' });
    const again = await it.work.retry({ ...build, state: 'failed' }, 'bob');
    expect(again).toMatchObject({
      trigger: 'retry',
      retryOf: build.id,
      requestedBy: 'bob',
      commit: build.commit,
    });
  });
});
