import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Build, BuildDetail } from '../../edge/api/model.ts';
import { configFor, startFarm, type TestFarm } from './farm.ts';
import { isAlive, until } from './processes.ts';
import { makeRepository, type TestRepository } from './repository.ts';

const scratch = mkdtempSync(join(tmpdir(), 'croft-main-'));
let farm: TestFarm;
let repository: TestRepository;

beforeAll(async () => {
  const tools = makeRepository(join(scratch, 'tools'));
  tools.commit({ 'README.md': 'nothing ever changes here' });
  repository = makeRepository(join(scratch, 'repo'));
  repository.commit(
    { 'package.json': '{"scripts":{"test":"node check.js"}}', 'check.js': 'console.log("fine")' },
    'A first commit',
  );
  farm = await startFarm(
    twoRepositories(repository.dir, tools.dir, [
      { name: 'auto', hostType: 'local' },
      { name: 'x-short', hostType: 'local', steps: ['sleep 600'], timeout: '2s' },
      { name: 'x-silent', hostType: 'local', steps: ['echo one; sleep 600'], silence: '2s' },
      { name: 'x-env', hostType: 'local', steps: ['env; id -u'], env: { COLOUR: 'green' } },
      {
        name: 'x-long',
        hostType: 'local',
        steps: [
          `test -e ${scratch}/hold`,
          `echo $$ > ${scratch}/long.pid; sleep 600 & echo $! > ${scratch}/child.pid; wait`,
        ],
      },
      {
        name: 'x-kept',
        hostType: 'local',
        steps: ['mkdir -p out/sub && printf hello > "out/sub/a file.txt"'],
        artifacts: ['out/**'],
      },
    ]),
  );
  await farm.startAgent('worker', { slots: 4, env: { SECRET_OF_THE_AGENT: 'do-not-leak' } });
}, 60_000);

afterAll(async () => {
  await farm.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** One repository that changes and is built by what it says, one that stays and is built by every other builder. */
function twoRepositories(project: string, tools: string, builders: readonly object[]): object {
  const config = configFor(project, builders) as { repositories: object[] };
  const [first] = config.repositories;
  return {
    ...config,
    repositories: [
      { ...first, builders: ['auto'] },
      { name: 'tools', url: tools, builders: ['x-*'], history: 1 },
    ],
  };
}

/** The farm's own build of a commit. */
async function own(commit: string, builder: string): Promise<Build> {
  return await until(
    `${builder} of ${commit}`,
    async () => (await farm.api.builds(`&commit=${commit}&builder=${builder}`))[0] ?? null,
  );
}

async function ask(builder: string): Promise<Build> {
  return await farm.api.post<Build>('/api/v1/builds', { repo: 'tools', commit: 'main', builder });
}

const running = (id: string) =>
  until(`${id} runs`, async () => {
    const build = await farm.api.build(id);
    return build.attemptList[0]?.spans.some((span) => span.step === 'run:1') ? build : null;
  });

describe('the main path', () => {
  test('a commit is found, built by what was detected, and green', async () => {
    const build = await farm.api.finished((await own(repository.git('rev-parse', 'HEAD'), 'auto')).id);
    expect(build).toMatchObject({ state: 'passed', trigger: 'commit', branch: 'main', attempts: 1 });
    expect(build.plan?.origin).toMatchObject({ kind: 'detected' });
    expect(build.commitDetail?.subject).toBe('A first commit');
    expect(await farm.api.log(build.id)).toContain('fine');
    expect(build.attemptList[0]?.spans.map((span) => span.state)).not.toContain('running');
  }, 60_000);

  test('a push hook brings a red one at once, and the message names the step', async () => {
    const commit = repository.commit({ 'check.js': 'console.error("broken"); process.exit(3)' }, 'Break it');
    expect((await farm.api.request('POST', '/hooks/git', { repository: 'project' })).status).toBe(202);
    const build = await farm.api.finished((await own(commit, 'auto')).id);
    expect(build).toMatchObject({ state: 'failed', blame: 'change' });
    expect(build.message).toContain('exit code');
    expect(await farm.api.log(build.id)).toContain('broken');
  }, 60_000);

  test("a repository's own croft.json decides, and one with a mistake is told by path", async () => {
    const good = repository.commit({ 'croft.json': '{"steps":["echo from croft.json"]}' }, 'Own steps');
    const first = await farm.api.finished((await own(good, 'auto')).id);
    expect(first).toMatchObject({ state: 'passed' });
    expect(first.plan?.origin.kind).toBe('repository');
    const bad = repository.commit({ 'croft.json': '{"steps":[7]}' }, 'A mistake');
    const second = await farm.api.finished((await own(bad, 'auto')).id);
    expect(second).toMatchObject({ state: 'failed', blame: 'change' });
    expect(second.message).toContain('steps[0]');
    repository.commit({ 'croft.json': '{"steps":["echo fine again"]}' }, 'Mended');
  }, 60_000);

  test('the environment of a run is explicit', async () => {
    const build = await farm.api.finished((await ask('x-env')).id);
    const log = await farm.api.log(build.id);
    expect(log).not.toContain('do-not-leak');
    for (const line of [
      'CI=true',
      'COLOUR=green',
      `CROFT_BUILD=${build.id}`,
      'CROFT_REPO=tools',
      'CROFT_BUILDER=x-env',
      'CROFT_ATTEMPT=1',
    ]) {
      expect(log.split('\n')).toContain(line);
    }
  }, 60_000);

  test('limits on time and on silence stop a run and turn it red with the reason', async () => {
    const [short, silent] = await Promise.all([ask('x-short'), ask('x-silent')]);
    expect(await farm.api.finished(short.id)).toMatchObject({ state: 'failed' });
    const second = await farm.api.finished(silent.id);
    expect(second.message).toContain('wrote nothing');
    expect(await farm.api.log(silent.id)).toContain('one\n');
  }, 60_000);

  test('a running build is cancelled, down to its last process', async () => {
    writeFileSync(join(scratch, 'hold'), '');
    const { id } = await ask('x-long');
    await running(id);
    const pids = await until('both processes told their ids', () => {
      try {
        return ['long', 'child'].map((name) => Number(readFileSync(join(scratch, `${name}.pid`), 'utf8')));
      } catch {
        return null;
      }
    });
    await farm.api.post(`/api/v1/builds/${id}/cancel`);
    expect(await farm.api.finished(id)).toMatchObject({
      state: 'cancelled',
      message: expect.stringContaining('admin'),
    });
    await until('both processes are gone', () => pids.every((pid) => !isAlive(pid)));
  }, 60_000);

  test('artifacts are kept by glob and come back as they were', async () => {
    const build: BuildDetail = await farm.api.finished((await ask('x-kept')).id);
    expect(build.artifacts.map(({ path, bytes }) => [path, bytes])).toEqual([['out/sub/a file.txt', 5]]);
    const answer = await farm.api.request('GET', build.artifacts[0]!.url.replace(farm.url, ''));
    expect(await answer.text()).toBe('hello');
    expect(answer.headers.get('content-disposition')).toContain('attachment');
  }, 60_000);

  test('the same request again, and a retry, make new builds', async () => {
    const [first, second] = [await ask('x-kept'), await ask('x-kept')];
    expect(second.id).not.toBe(first.id);
    await farm.api.finished(first.id);
    const again = await farm.api.post<Build>(`/api/v1/builds/${first.id}/retry`);
    expect(again).toMatchObject({ trigger: 'retry', retryOf: first.id, commit: first.commit });
    expect(await farm.api.finished(again.id)).toMatchObject({ state: 'passed' });
  }, 60_000);

  test('a broken configuration keeps the old one in force and says so; a mended one counts at once', async () => {
    const good = JSON.parse(readFileSync(join(farm.dir, 'farm.config.json'), 'utf8'));
    farm.writeConfig({
      ...good,
      builders: [{ name: 'auto', hostType: 'nowhere' }, ...good.builders.slice(1)],
    });
    const broken = await until('the farm says so', async () => {
      const state = await farm.api.get<{ config: { broken: { problems: { path: string }[] } | null } }>(
        '/api/v1/farm',
      );
      return state.config.broken;
    });
    expect(broken.problems[0]?.path).toContain('hostType');
    expect(await farm.api.finished((await ask('x-kept')).id)).toMatchObject({ state: 'passed' });
    farm.writeConfig({
      ...good,
      builders: [...good.builders, { name: 'x-extra', hostType: 'local', steps: ['echo extra'] }],
    });
    const extra = await until('the new builder is taken', async () => {
      const answer = await farm.api.request('POST', '/api/v1/builds', {
        repo: 'tools',
        commit: 'main',
        builder: 'x-extra',
      });
      return answer.status === 201 ? ((await answer.json()) as Build) : null;
    });
    expect(await farm.api.finished(extra.id)).toMatchObject({ state: 'passed' });
  }, 60_000);
});

test('a waiting build says why, and is cancelled where it waits', async () => {
  farm.writeConfig({
    ...JSON.parse(readFileSync(join(farm.dir, 'farm.config.json'), 'utf8')),
    hostTypes: [{ name: 'local' }, { name: 'mars' }],
    builders: [
      { name: 'auto', hostType: 'local' },
      { name: 'x-far', hostType: 'mars', steps: ['true'] },
    ],
  });
  const { id } = await until('the builder is taken', async () => {
    const answer = await farm.api.request('POST', '/api/v1/builds', {
      repo: 'tools',
      commit: 'main',
      builder: 'x-far',
    });
    return answer.status === 201 ? ((await answer.json()) as Build) : null;
  });
  const { why } = await farm.api.build(id);
  expect(why?.impossible).toBe(true);
  expect(why?.blockers[0]?.text).toContain('mars');
  expect(await farm.api.post<Build>(`/api/v1/builds/${id}/cancel`)).toMatchObject({ state: 'cancelled' });
}, 60_000);
