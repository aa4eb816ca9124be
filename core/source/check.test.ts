import { describe, expect, test } from 'bun:test';
import { silentLog } from '../../agent/kit/log.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { createFakeMirrors, createFakeRemote, type FakeRemote } from '../../test/fakes/git-remote.ts';
import { createMemorySourceStore } from '../../test/fakes/memory-source-store.ts';
import { repositoryDefaults } from '../builders/defaults.ts';
import type { Repository } from '../builders/types.ts';
import { createCheck } from './check.ts';
import { createGate } from './gate.ts';
import { unrelatedLimit } from './new-commits.ts';
import type { CommitsFound } from './types.ts';

const signal = new AbortController().signal;

/** One repository `project` with its remote, its mirror and its store; `restart` forgets what only the process knew. */
function world(fields: Partial<Repository> = {}, remote: FakeRemote = createFakeRemote()) {
  const mirrors = createFakeMirrors(remote);
  const store = createMemorySourceStore();
  const heard: CommitsFound[] = [];
  let refusing = false;
  const deps = {
    mirrors,
    store,
    clock: createManualClock(1_000),
    log: silentLog,
    gate: createGate(1),
    async deliver(found: CommitsFound) {
      if (refusing) throw new Error('no room');
      heard.push(found);
    },
  };
  let repository: Repository = {
    ...repositoryDefaults,
    name: 'project',
    url: remote.url,
    branches: ['**'],
    ...fields,
  };
  let check = createCheck(deps, 'project');
  return {
    remote,
    mirrors,
    store,
    heard,
    check: () => check(repository, signal),
    restart() {
      check = createCheck(deps, 'project');
    },
    configure(changed: Partial<Repository>) {
      repository = { ...repository, ...changed };
    },
    refuse(on: boolean) {
      refusing = on;
    },
    /** Hashes of a branch as recorded, oldest first. */
    async recorded(branch: string) {
      const places = await store.branchCommits({ repo: 'project', branch, limit: 100_000 });
      return places.map(({ hash }) => hash).toReversed();
    },
    state: () => store.state('project'),
  };
}

function pushes(remote: FakeRemote, branch: string, count: number): string[] {
  return Array.from({ length: count }, () => remote.push(branch));
}

describe('a branch that is seen for the first time', () => {
  test('has its newest commits recorded, oldest first', async () => {
    const it = world({ history: 3 });
    const hashes = pushes(it.remote, 'main', 10);
    await it.check();
    expect(await it.recorded('main')).toEqual(hashes.slice(-3));
    expect(it.heard).toMatchObject([{ repo: 'project', branch: 'main', head: hashes[9] }]);
    expect(await it.state()).toMatchObject({ lastCheckedAt: 1_000, lastError: null, defaultBranch: 'main' });
  });

  test('is as new after a crash between its fetch and its record', async () => {
    const it = world({ history: 2 });
    pushes(it.remote, 'main', 3);
    await it.check();
    it.remote.branches.set('topic', it.remote.branches.get('main') ?? '');
    const own = pushes(it.remote, 'topic', 6);
    await it.mirrors.update({ name: 'project', url: it.remote.url });
    it.restart();
    await it.check();
    expect((await it.recorded('topic')).slice(-6)).toEqual(own);
  });

  test('and is new at the remote, has all that is on it alone recorded, and what leads there', async () => {
    const it = world({ history: 3 });
    const old = pushes(it.remote, 'main', 10);
    await it.check();
    it.remote.branches.set('feature', old[9] ?? '');
    const fresh = pushes(it.remote, 'feature', 7);
    await it.check();
    expect(await it.recorded('feature')).toEqual(fresh);
    it.remote.branches.set('small', old[9] ?? '');
    const one = it.remote.push('small');
    await it.check();
    expect(await it.recorded('small')).toEqual([...old.slice(-2), one]);
  });

  test('also when it came while the farm was down', async () => {
    const it = world({ history: 2 });
    pushes(it.remote, 'main', 3);
    await it.check();
    it.remote.branches.set('feature', it.remote.branches.get('main') ?? '');
    const fresh = pushes(it.remote, 'feature', 5);
    it.restart();
    await it.check();
    expect(await it.recorded('feature')).toEqual(fresh);
  });

  test('but was there before and is watched only now, has only its newest', async () => {
    const it = world({ history: 2, branches: ['main'] });
    pushes(it.remote, 'main', 3);
    it.remote.branches.set('release', it.remote.branches.get('main') ?? '');
    const own = pushes(it.remote, 'release', 50);
    await it.check();
    it.configure({ branches: ['main', 'release'] });
    await it.check();
    expect(await it.recorded('release')).toEqual(own.slice(-2));
  });

  test('the same after a restart with the new configuration', async () => {
    const it = world({ history: 2, branches: ['main'] });
    pushes(it.remote, 'main', 3);
    const own = pushes(it.remote, 'release', 50);
    await it.check();
    it.restart();
    it.configure({ branches: ['main', 'release'] });
    await it.check();
    expect(await it.recorded('release')).toEqual(own.slice(-2));
  });

  test('all branches of a repository that is new are old', async () => {
    const it = world({ history: 2 });
    pushes(it.remote, 'main', 30);
    const own = pushes(it.remote, 'dev', 30);
    await it.check();
    expect(await it.recorded('dev')).toEqual(own.slice(-2));
  });
});

describe('which branches', () => {
  test('none named: the one that HEAD names, also when that changes', async () => {
    const it = world({ branches: [] });
    const main = it.remote.push('main');
    const dev = it.remote.push('dev');
    await it.check();
    expect((await it.state())?.heads).toEqual([{ branch: 'main', hash: main }]);
    it.remote.head = 'dev';
    await it.check();
    expect(await it.recorded('dev')).toEqual([dev]);
  });

  test('a repository without commits is nothing wrong', async () => {
    const it = world({ branches: [] });
    it.remote.head = null;
    await it.check();
    expect(await it.state()).toMatchObject({ lastError: null, heads: [] });
  });

  test('globs that match nothing are told', async () => {
    const it = world({ branches: ['mian'] });
    it.remote.push('main');
    await expect(it.check()).rejects.toThrow('No branch of "project" matches mian; there are main');
    expect((await it.state())?.lastError).toContain('mian');
  });

  test('a HEAD that names no branch is told when nothing else says what to watch', async () => {
    const it = world({ branches: [] });
    it.remote.push('trunk');
    it.remote.head = null;
    await expect(it.check()).rejects.toThrow('name some in the configuration, such as trunk');
  });
});

describe('what comes later', () => {
  test('after downtime of any length nothing is missing', async () => {
    const it = world({ history: 2 });
    const before = pushes(it.remote, 'main', 2);
    await it.check();
    const missed = pushes(it.remote, 'main', 2_500);
    it.restart();
    await it.check();
    expect(await it.recorded('main')).toEqual([...before, ...missed]);
  }, 20_000);

  test('it is recorded and told in parts of at most `history`, all with the same head', async () => {
    const it = world({ history: 3 });
    it.remote.push('main');
    await it.check();
    it.heard.length = 0;
    const missed = pushes(it.remote, 'main', 8);
    await it.check();
    expect(it.heard.map(({ commits }) => commits.length)).toEqual([3, 3, 2]);
    expect(new Set(it.heard.map(({ head }) => head))).toEqual(new Set([missed[7] ?? '']));
    expect(it.heard.flatMap(({ commits }) => commits.map(({ hash }) => hash))).toEqual(missed);
  });

  test('a merge brings the commits of the other side', async () => {
    const it = world({ history: 1, branches: ['main'] });
    const base = it.remote.push('main');
    await it.check();
    it.remote.branches.set('feature', base);
    const feature = pushes(it.remote, 'feature', 2);
    const merge = it.remote.make([base, feature[1] ?? '']);
    it.remote.branches.set('main', merge);
    await it.check();
    expect(await it.recorded('main')).toEqual([base, ...feature, merge]);
  });

  test('nothing new: nothing is told', async () => {
    const it = world();
    it.remote.push('main');
    await it.check();
    it.heard.length = 0;
    await it.check();
    expect(it.heard).toEqual([]);
  });
});

describe('a force-push', () => {
  test('gives the new commits new places; those that are gone keep theirs', async () => {
    const it = world();
    const [a, b, c] = pushes(it.remote, 'main', 3);
    await it.check();
    it.remote.branches.set('main', a ?? '');
    const fresh = pushes(it.remote, 'main', 2);
    await it.check();
    expect(await it.recorded('main')).toEqual([a, b, c, ...fresh].map(String));
    expect((await it.state())?.heads[0]?.hash).toBe(fresh[1]);
  });

  test('back to an older commit moves the head and tells it, without commits', async () => {
    const it = world();
    const [a = ''] = pushes(it.remote, 'main', 3);
    await it.check();
    it.heard.length = 0;
    it.remote.branches.set('main', a);
    await it.check();
    expect(it.heard).toEqual([{ repo: 'project', branch: 'main', head: a, commits: [] }]);
    const next = it.remote.push('main');
    await it.check();
    expect((await it.recorded('main')).at(-1)).toBe(next);
  });

  test('back to a commit that was too old to be recorded gives it a place', async () => {
    const it = world({ history: 2 });
    const [a = ''] = pushes(it.remote, 'main', 5);
    await it.check();
    it.remote.branches.set('main', a);
    await it.check();
    expect((await it.recorded('main')).at(-1)).toBe(a);
  });

  test('and a lost mirror at once: what the mirror no longer has is no hindrance', async () => {
    const it = world({ history: 50 });
    const [a = '', b = ''] = pushes(it.remote, 'main', 3);
    await it.check();
    it.remote.branches.set('main', b);
    const fresh = pushes(it.remote, 'main', 2);
    it.mirrors.lose('project');
    it.restart();
    await it.check();
    expect((await it.recorded('main')).slice(3)).toEqual(fresh);
    expect((await it.recorded('main'))[0]).toBe(a);
  });

  test('of a whole other history is taken whole while that is short', async () => {
    const it = world({ history: 2 });
    pushes(it.remote, 'main', 3);
    await it.check();
    it.remote.branches.delete('main');
    const other = pushes(it.remote, 'main', 40);
    await it.check();
    expect((await it.recorded('main')).slice(-40)).toEqual(other);
  });

  test('of a whole other history that is long gives only its newest', async () => {
    const it = world({ history: 2 });
    pushes(it.remote, 'main', 3);
    await it.check();
    it.remote.branches.delete('main');
    const other = pushes(it.remote, 'main', unrelatedLimit + 500);
    await it.check();
    expect((await it.recorded('main')).slice(2)).toEqual(other.slice(-unrelatedLimit));
  }, 20_000);
});

describe('a branch that goes', () => {
  test('loses its head, keeps its history, and goes on where it was when it comes back', async () => {
    const it = world({ history: 2 });
    it.remote.push('main');
    const before = pushes(it.remote, 'dev', 2);
    await it.check();
    it.remote.branches.delete('dev');
    await it.check();
    expect((await it.state())?.heads.map(({ branch }) => branch)).toEqual(['main']);
    it.remote.branches.set('dev', before[1] ?? '');
    const after = pushes(it.remote, 'dev', 9);
    await it.check();
    expect(await it.recorded('dev')).toEqual([...before, ...after]);
  });

  test('under another name is not all new', async () => {
    const it = world({ history: 1 });
    pushes(it.remote, 'master', 500);
    await it.check();
    const head = it.remote.branches.get('master') ?? '';
    it.remote.branches.delete('master');
    it.remote.branches.set('main', head);
    it.remote.head = 'main';
    await it.check();
    expect(await it.recorded('main')).toEqual([head]);
  });
});

describe('what fails', () => {
  test("a remote that can't be reached is recorded with git's words, and what is known stays", async () => {
    const it = world();
    it.remote.push('main');
    await it.check();
    it.remote.broken = 'could not resolve host';
    await expect(it.check()).rejects.toMatchObject({ code: 'source_unavailable' });
    expect(await it.state()).toMatchObject({ lastError: 'could not resolve host', defaultBranch: 'main' });
    it.remote.broken = null;
    await it.check();
    expect((await it.state())?.lastError).toBeNull();
  });

  test('commits that nobody could take are told again before anything newer', async () => {
    const it = world({ history: 2 });
    const first = pushes(it.remote, 'main', 2);
    it.refuse(true);
    await expect(it.check()).rejects.toThrow('no room');
    const later = pushes(it.remote, 'main', 3);
    await expect(it.check()).rejects.toThrow('no room');
    expect(await it.recorded('main')).toEqual(first);
    it.refuse(false);
    await it.check();
    expect(it.heard.flatMap(({ commits }) => commits.map(({ hash }) => hash))).toEqual([...first, ...later]);
  });
});
