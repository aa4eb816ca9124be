import { afterEach, describe, expect, test } from 'bun:test';
import { silentLog } from '../../agent/kit/log.ts';
import { createManualClock, type ManualClock } from '../../agent/kit/manual-clock.ts';
import { fakeSettings } from '../../test/fakes/fake-settings.ts';
import { createFakeMirrors, createFakeRemote } from '../../test/fakes/git-remote.ts';
import { createMemoryBlobs } from '../../test/fakes/memory-blobs.ts';
import { createMemorySourceStore } from '../../test/fakes/memory-source-store.ts';
import { createBlobHolds } from '../blobs/index.ts';
import { repositoryDefaults } from '../builders/defaults.ts';
import type { Repository } from '../builders/types.ts';
import { createSource } from './service.ts';

const stops: AbortController[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
});

/** A check is a long chain of promises; each advance lets all of it happen. */
function patientClock(): ManualClock {
  const clock = createManualClock(0);
  const { advance } = clock;
  clock.advance = async (ms) => {
    await advance(ms);
    for (let round = 0; round < 20; round++) await advance(0);
  };
  return clock;
}

function repositoryAt(url: string, fields: Partial<Repository> = {}): Repository {
  return { ...repositoryDefaults, name: 'project', url, pollMs: 10_000, ...fields };
}

function world() {
  const remote = createFakeRemote();
  const second = createFakeRemote('/srv/git/second.git');
  const mirrors = createFakeMirrors(remote, second);
  const clock = patientClock();
  const store = createMemorySourceStore();
  const settings = fakeSettings({ repositories: [repositoryAt(remote.url)] });
  const blobs = createMemoryBlobs();
  const source = createSource({
    holds: createBlobHolds(),
    mirrors,
    store,
    settings,
    clock,
    randomness: { bytes: (count) => new Uint8Array(count), fraction: () => 0.5 },
    log: silentLog,
    blobs,
  });
  const heads: string[] = [];
  source.onCommits((found) => {
    heads.push(`${found.repo} ${found.branch} ${found.head}`);
  });
  return {
    remote,
    second,
    mirrors,
    clock,
    store,
    settings,
    blobs,
    source,
    heads,
    start() {
      const stop = new AbortController();
      stops.push(stop);
      return { ran: source.run(stop.signal), stop: () => stop.abort() };
    },
  };
}

describe('watching', () => {
  test('looks at once, then at each interval', async () => {
    const it = world();
    const first = it.remote.push('main');
    it.start();
    await it.clock.advance(0);
    expect(it.heads).toEqual([`project main ${first}`]);
    const second = it.remote.push('main');
    await it.clock.advance(9_999);
    expect(it.heads).toHaveLength(1);
    await it.clock.advance(1);
    expect(it.heads.at(-1)).toBe(`project main ${second}`);
  });

  test('when poked looks at once, and a storm of pokes is one look', async () => {
    const it = world();
    it.remote.push('main');
    it.start();
    await it.clock.advance(1_000);
    const second = it.remote.push('main');
    expect(it.source.poke('project')).toBe(true);
    for (let i = 0; i < 50; i++) it.source.poke('project');
    await it.clock.advance(0);
    expect(it.heads.at(-1)).toBe(`project main ${second}`);
    const looks = it.mirrors.updates;
    for (let i = 0; i < 50; i++) it.source.poke('project');
    await it.clock.advance(499);
    expect(it.mirrors.updates).toBe(looks);
    await it.clock.advance(1);
    expect(it.mirrors.updates).toBe(looks + 1);
    expect(it.source.poke('nobody')).toBe(false);
  });

  test('backs off from a remote that fails, and comes back when poked', async () => {
    const it = world();
    it.remote.push('main');
    it.remote.broken = 'connection refused';
    it.start();
    await it.clock.advance(3_600_000);
    const looks = it.mirrors.updates;
    expect(looks).toBeLessThan(40);
    expect((await it.store.state('project'))?.lastError).toBe('connection refused');
    it.remote.broken = null;
    it.source.poke('project');
    await it.clock.advance(500);
    expect(it.heads).toHaveLength(1);
    expect((await it.store.state('project'))?.lastError).toBeNull();
  });

  test('ends when told, with nothing left that waits', async () => {
    const it = world();
    it.remote.push('main');
    const { ran, stop } = it.start();
    await it.clock.advance(100);
    stop();
    await ran;
    expect(it.clock.waiting).toBe(0);
  });

  test('one that hangs does not hold up the others', async () => {
    const it = world();
    const update = it.mirrors.update;
    it.mirrors.update = (target, signal) =>
      target.name === 'project'
        ? new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
        : update(target, signal);
    it.second.push('main');
    it.settings.set({
      repositories: [repositoryAt(it.remote.url), repositoryAt(it.second.url, { name: 'second' })],
    });
    const { ran, stop } = it.start();
    await it.clock.advance(0);
    expect(it.heads).toHaveLength(1);
    stop();
    await ran;
  });
});

describe('the configuration changes while it runs', () => {
  test('a new repository is watched, one that is gone is not', async () => {
    const it = world();
    it.remote.push('main');
    const head = it.second.push('main');
    it.start();
    await it.clock.advance(100);
    it.settings.set({ repositories: [repositoryAt(it.second.url, { name: 'second' })] });
    await it.clock.advance(0);
    expect(it.heads.at(-1)).toBe(`second main ${head}`);
    expect(it.source.poke('project')).toBe(false);
    const looks = it.mirrors.updates;
    await it.clock.advance(10_000);
    expect(it.mirrors.updates).toBe(looks + 1);
  });

  test('other branches are looked at without waiting for the interval', async () => {
    const it = world();
    it.remote.push('main');
    const dev = it.remote.push('dev');
    it.start();
    await it.clock.advance(1_000);
    it.settings.set({ repositories: [repositoryAt(it.remote.url, { branches: ['dev'] })] });
    await it.clock.advance(0);
    expect(it.heads.at(-1)).toBe(`project dev ${dev}`);
  });

  test('the same again costs no look', async () => {
    const it = world();
    it.remote.push('main');
    it.start();
    await it.clock.advance(1_000);
    const looks = it.mirrors.updates;
    it.settings.set({ name: 'another' });
    await it.clock.advance(1_000);
    expect(it.mirrors.updates).toBe(looks);
  });
});

describe('resolve', () => {
  test('knows branches, tags, hashes and their beginnings', async () => {
    const it = world();
    const hash = it.remote.push('main');
    const tagged = it.remote.make([hash]);
    it.remote.tags.set('v1', tagged);
    for (const revision of ['main', hash, hash.slice(0, 8)]) {
      expect((await it.source.resolve('project', revision)).hash).toBe(hash);
    }
    expect((await it.source.resolve('project', 'v1')).hash).toBe(tagged);
  });

  test('looks at the remote once for what it does not know', async () => {
    const it = world();
    it.remote.push('main');
    await it.source.resolve('project', 'main');
    const looks = it.mirrors.updates;
    const topic = it.remote.push('topic');
    expect((await it.source.resolve('project', 'topic')).hash).toBe(topic);
    expect(it.mirrors.updates).toBe(looks + 1);
    await expect(it.source.resolve('project', 'nothing')).rejects.toMatchObject({
      code: 'not_found',
      details: { field: 'commit' },
    });
    expect(it.mirrors.updates).toBe(looks + 2);
  });

  test('a full hash that is recorded costs no look at the mirror', async () => {
    const it = world();
    const hash = it.remote.push('main');
    await it.source.resolve('project', 'main');
    it.mirrors.lose('project');
    expect((await it.source.resolve('project', hash)).hash).toBe(hash);
    expect((await it.source.resolve('project', 'main')).hash).toBe(hash);
  });

  test('names the field that is wrong', async () => {
    const it = world();
    await expect(it.source.resolve('nobody', 'main')).rejects.toMatchObject({
      code: 'not_found',
      details: { field: 'repo' },
    });
    await expect(it.source.resolve('project', '--all')).rejects.toMatchObject({
      code: 'invalid_input',
      details: { field: 'commit' },
    });
  });

  test("a remote that can't be reached is said so", async () => {
    const it = world();
    it.remote.broken = 'no route';
    await expect(it.source.resolve('project', 'main')).rejects.toMatchObject({ code: 'source_unavailable' });
  });
});

describe('files and archives', () => {
  test('of a lost mirror come back after a look', async () => {
    const it = world();
    const hash = it.remote.push('main', { 'go.mod': 'module x' });
    await it.source.resolve('project', 'main');
    it.mirrors.lose('project');
    expect(await it.source.files('project', hash).listRoot()).toEqual(['go.mod']);
    it.mirrors.lose('project');
    expect(await it.source.files('project', hash).read('go.mod', 6)).toEqual({ text: 'module', cut: true });
    it.mirrors.lose('project');
    expect((await it.source.archiveOf('project', hash)).blobKey).toMatch(
      /^source\/project\/[0-9a-f]{40}\.tar$/,
    );
  });

  test('of a commit that is nowhere are an error of the outside', async () => {
    const it = world();
    it.remote.push('main');
    await expect(it.source.archiveOf('project', 'f'.repeat(40))).rejects.toMatchObject({
      code: 'source_unavailable',
      blame: 'outside',
    });
    await expect(it.source.files('project', 'f'.repeat(40)).listRoot()).rejects.toMatchObject({
      code: 'source_unavailable',
    });
  });
});

test('a listener that fails keeps the news from nobody', async () => {
  const it = world();
  it.remote.push('main');
  const others: string[] = [];
  it.source.onCommits(() => Promise.reject(new Error('busy')));
  it.source.onCommits((found) => {
    others.push(found.head);
  });
  await expect(it.source.resolve('project', 'topic')).rejects.toThrow('busy');
  expect(others).toHaveLength(1);
});
