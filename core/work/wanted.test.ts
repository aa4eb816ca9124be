import { describe, expect, test } from 'bun:test';
import { builderDefaults, policyDefaults, repositoryDefaults } from '../builders/defaults.ts';
import type { FarmConfig } from '../builders/types.ts';
import type { Build } from '../builds/types.ts';
import type { BranchCommit, RepositoryState } from '../source/types.ts';
import { watchedLines } from './missing.ts';
import { requestedBuild, requestedBuilder, retryBuild } from './requests.ts';
import { buildersOf, wantedBuilds } from './wanted.ts';

const project = {
  ...repositoryDefaults,
  name: 'project',
  url: '/p',
  builders: ['linux*'],
  branches: ['main'],
};
const site = { ...repositoryDefaults, name: 'site', url: '/s', builders: ['mac'] };
const linux = { ...builderDefaults, name: 'linux', hostType: 'l', attempts: 2, priority: 7 };
const race = { ...builderDefaults, name: 'linux-race', hostType: 'l' };
const mac = { ...builderDefaults, name: 'mac', hostType: 'm' };
const config: FarmConfig = {
  name: 'x',
  repositories: [project, site],
  hostTypes: [],
  builders: [linux, race, mac],
  policies: policyDefaults,
};

function place(position: number): BranchCommit {
  return {
    repo: 'project',
    hash: String(position).repeat(40),
    tree: 't'.repeat(40),
    parents: [],
    author: { name: 'Ada', email: 'ada@example.org' },
    authoredAt: 1,
    committedAt: 100 + position,
    subject: 's',
    branch: 'main',
    position,
    seenAt: 5,
  };
}

describe('wanted builds', () => {
  test('are every commit by every builder that the repository allows', () => {
    const wanted = wantedBuilds(config, project, { head: place(2).hash, commits: [place(1), place(2)] });
    expect(wanted.map((build) => [build.position, build.builder, build.class])).toEqual([
      [2, 'linux', 'post-submit'],
      [2, 'linux-race', 'post-submit'],
      [1, 'linux', 'backfill'],
      [1, 'linux-race', 'backfill'],
    ]);
    expect(wanted[0]).toEqual({
      repo: 'project',
      commit: place(2).hash,
      builder: 'linux',
      hostType: 'l',
      class: 'post-submit',
      priority: 7,
      branch: 'main',
      position: 2,
      commitAt: 102,
      trigger: 'commit',
      retryOf: null,
      requestedBy: null,
      maxAttempts: 2,
    });
  });

  test('of a head that comes later are all backfill', () => {
    const wanted = wantedBuilds(config, project, { head: place(9).hash, commits: [place(1)] });
    expect(new Set(wanted.map((build) => build.class))).toEqual(new Set(['backfill']));
  });

  test('go to the builders of the repository alone', () => {
    expect(buildersOf(config, site).map(({ name }) => name)).toEqual(['mac']);
  });
});

describe('a request', () => {
  test.each([
    [{ repo: 'nobody', builder: 'linux' }, 'repo', 'there are project, site'],
    [{ repo: 'project', builder: 'linx' }, 'builder', 'there are linux, linux-race'],
    [{ repo: 'project', builder: 'mac' }, 'builder', 'there are linux, linux-race'],
  ])('%j is refused', (op, field, text) => {
    const message = expect.stringContaining(text);
    expect(() => requestedBuilder(config, op)).toThrow(
      expect.objectContaining({ code: 'invalid_input', blame: 'caller', details: { field }, message }),
    );
  });

  test('is interactive, and stands where the commit stands when that is known', () => {
    const builder = requestedBuilder(config, { repo: 'project', builder: 'linux' });
    const asked = { place: { branch: 'main', position: 3 }, requestedBy: 'ada' };
    expect(requestedBuild(builder, place(3), asked)).toMatchObject({
      class: 'interactive',
      trigger: 'request',
      branch: 'main',
      position: 3,
      requestedBy: 'ada',
    });
    expect(requestedBuild(builder, place(3), { ...asked, place: null })).toMatchObject({
      branch: null,
      position: null,
    });
  });
});

describe('a retry', () => {
  const [wish] = wantedBuilds(config, project, { head: '', commits: [place(1)] });
  const build = { ...wish, id: 'bld_1', state: 'failed' } as Build;

  test('is the same again on the builder as it is now', () => {
    const moved = { ...config, builders: [{ ...linux, hostType: 'new' }] };
    expect(retryBuild(moved, build, 'ada')).toMatchObject({
      commit: place(1).hash,
      builder: 'linux',
      hostType: 'new',
      class: 'interactive',
      trigger: 'retry',
      retryOf: 'bld_1',
      requestedBy: 'ada',
      position: 1,
    });
  });

  test('has to wait for the end, and needs its builder and its repository', () => {
    const conflict = (text: string) =>
      expect.objectContaining({ code: 'conflict', message: expect.stringContaining(text) });
    expect(() => retryBuild(config, { ...build, state: 'running' }, 'ada')).toThrow(conflict('is running'));
    expect(() => retryBuild({ ...config, builders: [] }, build, 'ada')).toThrow(conflict('no longer'));
    expect(() => retryBuild({ ...config, repositories: [] }, build, 'ada')).toThrow(conflict('no longer'));
  });
});

test('lines are the branches that are watched and still there', () => {
  const state: RepositoryState = {
    repo: 'project',
    lastCheckedAt: 1,
    lastError: null,
    defaultBranch: 'trunk',
    heads: [
      { branch: 'main', hash: 'a' },
      { branch: 'dev', hash: 'b' },
    ],
  };
  const lines = watchedLines(config, [
    state,
    { ...state, repo: 'site', heads: [{ branch: 'trunk', hash: 'c' }] },
    { ...state, repo: 'gone' },
  ]);
  expect(lines.map(({ repository, branch, head }) => [repository.name, branch, head])).toEqual([
    ['project', 'main', 'a'],
    ['site', 'trunk', 'c'],
  ]);
});
