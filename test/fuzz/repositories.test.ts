/** A real farm that watches repositories which no honest tool makes. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildDetail } from '../../edge/api/model.ts';
import { startFarm, type TestFarm } from '../farm/farm.ts';
import { root, until } from '../farm/processes.ts';
import { type HostileRepository, makeHostileRepositories } from './hostile-repositories.ts';

const scratch = mkdtempSync(join(tmpdir(), 'croft-repositories-'));
let farm: TestFarm;
let repositories: readonly HostileRepository[];

beforeAll(async () => {
  const only = process.env['CROFT_FUZZ_ONLY']?.split(',');
  repositories = makeHostileRepositories(scratch, only === undefined ? undefined : new Set(only));
  farm = await startFarm({
    repositories: repositories.map(({ name, dir }) => ({
      name,
      url: dir,
      poll: '1s',
      history: 20,
      ...(name === 'branches' || name === 'many-refs' ? { branches: ['**'] } : {}),
    })),
    hostTypes: [{ name: 'local' }],
    builders: [{ name: 'local', hostType: 'local' }],
    policies: { quarantineAfter: 3 },
  });
  await farm.startAgent('worker', { slots: 2 });
}, 120_000);

afterAll(async () => {
  await farm.stop();
  rmSync(scratch, { recursive: true, force: true });
}, 30_000);

async function endOf(repository: HostileRepository): Promise<BuildDetail> {
  const newest = await until(
    `${repository.name} is built`,
    async () => (await farm.api.builds(`&repo=${repository.name}`)).at(0) ?? null,
    20_000,
  );
  return await farm.api.finished(newest.id, 60_000);
}

test('each is built, or refused with the reason, at its first attempt', async () => {
  const seen: unknown[] = [];
  for (const repository of repositories.filter(({ outcome }) => outcome !== 'none')) {
    const build = await endOf(repository).catch((error: unknown) => String(error));
    if (typeof build === 'string') {
      seen.push({ name: repository.name, state: build });
      continue;
    }
    const said = `${build.message ?? ''} ${await farm.api.log(build.id)}`;
    seen.push({
      name: repository.name,
      state: build.state,
      attempts: build.attempts,
      says:
        build.attempts > 1 || repository.says?.test(said) === false ? said.slice(-1_500) : 'what it should',
    });
  }
  expect(seen).toEqual(
    repositories
      .filter(({ outcome }) => outcome !== 'none')
      .map(({ name, outcome }) => ({ name, state: outcome, attempts: 1, says: 'what it should' })),
  );
}, 240_000);

test('nothing of them was run, no machine is blamed, nothing is a defect', async () => {
  const log = readFileSync(farm.coordinator.logFile, 'utf8');
  expect(log.split('\n').filter((line) => line.includes('"level":"error"'))).toEqual([]);
  for (const place of [scratch, farm.dir, root, '/', tmpdir()])
    expect([place, existsSync(join(place, 'owned'))]).toEqual([place, false]);
  // The slot of the last build is cleaned after its verdict.
  await until('nobody is busy', async () =>
    (await farm.api.machines()).every(({ state }) => state !== 'busy'),
  );
  expect((await farm.api.machines()).map(({ state }) => state)).toEqual(['idle']);
  const resident = Number(
    /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${farm.coordinator.pid}/status`, 'utf8'))?.[1],
  );
  expect(resident).toBeLessThan(1_200 * 1024);
});

test('every answer about them can be read', async () => {
  for (const { name } of repositories) {
    for (const path of [`grid?repo=${name}`, `builds?repo=${name}`, `builds?repo=${name}&limit=500`]) {
      const answer = await farm.api.request('GET', `/api/v1/${path}`);
      expect([path, answer.status < 500]).toEqual([path, true]);
      await answer.text();
    }
  }
  for (const path of ['repositories', 'queue', 'farm', 'builders', 'machines'])
    expect([path, (await farm.api.request('GET', `/api/v1/${path}`)).status]).toEqual([path, 200]);
});

test('a branch is asked for by its name, whatever that means to a shell', async () => {
  const build = await farm.api.post<{ id: string; branch: string | null }>('/api/v1/builds', {
    repo: 'branches',
    builder: 'local',
    commit: '$(touch$IFSowned)',
  });
  expect((await farm.api.finished(build.id)).state).toBe('passed');
  const option = { repo: 'branches', builder: 'local', commit: '--upload-pack=touch' };
  expect((await farm.api.request('POST', '/api/v1/builds', option)).status).toBe(400);
}, 60_000);
