import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Build, BuildDetail } from '../../edge/api/model.ts';
import { configFor, startFarm, type TestFarm } from './farm.ts';
import { isAlive, until } from './processes.ts';
import { makeRepository } from './repository.ts';

let farm: TestFarm;
let scratch: string;
let commit: string;

/** Notes its process id and its machine, then waits to be let go. */
function script(): string {
  return [
    `echo $$ >> ${scratch}/pids/$CROFT_BUILD`,
    `while [ ! -e ${scratch}/go ]; do sleep 0.1; done`,
    'echo done on its machine',
  ].join('\n');
}

beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'croft-kill-agent-'));
  mkdirSync(join(scratch, 'pids'));
  const repository = makeRepository(join(scratch, 'repo'));
  commit = repository.commit({ 'README.md': 'hello' });
  farm = await startFarm(
    configFor(repository.dir, [{ name: 'b', hostType: 'local', steps: [script()], attempts: 3 }], {
      away: '3s',
    }),
  );
});

afterEach(async () => {
  await farm.stop();
  rmSync(scratch, { recursive: true, force: true });
});

async function runningOn(name: string): Promise<BuildDetail> {
  await farm.startAgent(name, { slots: 1 });
  const build = await until('the commit is found', async () => (await farm.api.builds())[0] ?? null);
  await until('it runs', () => existsSync(join(scratch, 'pids', build.id)));
  return await farm.api.build(build.id);
}

const pidsOf = (id: string) =>
  readFileSync(join(scratch, 'pids', id), 'utf8')
    .trim()
    .split('\n')
    .map(Number);

test('a killed agent costs an attempt and never a verdict', async () => {
  const { id } = await runningOn('first');
  await farm.startAgent('second', { slots: 1 });
  await farm.agents.get('first')?.kill();
  await until('the second attempt runs', () => pidsOf(id).length === 2);
  writeFileSync(join(scratch, 'go'), '');
  const build = await farm.api.finished(id);
  expect(build).toMatchObject({ state: 'passed', attempts: 2 });
  expect(build.attemptList[0]).toMatchObject({ state: 'infrastructure', machine: { name: 'first' } });
  expect(build.attemptList[0]?.error).toMatchObject({ blame: 'machine' });
  expect(build.attemptList[1]).toMatchObject({ state: 'passed', machine: { name: 'second' } });
}, 90_000);

test('an agent that is killed and started again removes what it left, and the build gets a new attempt', async () => {
  const { id } = await runningOn('first');
  await farm.agents.get('first')?.kill();
  await farm.startAgent('first', { slots: 1 });
  await until('the second attempt runs', () => pidsOf(id).length === 2);
  await until('the first attempt is dead', () => !isAlive(pidsOf(id)[0] ?? 0));
  writeFileSync(join(scratch, 'go'), '');
  expect(await farm.api.finished(id)).toMatchObject({ state: 'passed', attempts: 2 });
}, 90_000);

test('agent and coordinator killed together: the same', async () => {
  const { id } = await runningOn('first');
  await Promise.all([farm.coordinator.kill(), farm.agents.get('first')?.kill()]);
  await farm.startCoordinator();
  await farm.startAgent('first', { slots: 1 });
  await until('the second attempt runs', () => pidsOf(id).length === 2, 60_000);
  writeFileSync(join(scratch, 'go'), '');
  expect(await farm.api.finished(id)).toMatchObject({ state: 'passed', attempts: 2 });
}, 90_000);

test('a silent agent is noticed within a minute, and its work placed anew with the reason', async () => {
  const { id } = await runningOn('first');
  await farm.startAgent('second', { slots: 1 });
  const since = performance.now();
  farm.agents.get('first')?.signal('SIGSTOP');
  await until('the second attempt runs', () => pidsOf(id).length === 2, 60_000);
  expect(performance.now() - since).toBeLessThan(60_000);
  writeFileSync(join(scratch, 'go'), '');
  const build = await farm.api.finished(id);
  expect(build).toMatchObject({ state: 'passed', attempts: 2 });
  expect(build.attemptList[0]?.error?.message).toContain('silent');
  // What the silent one still ran is ended as soon as it hears that its lease is gone.
  farm.agents.get('first')?.signal('SIGCONT');
  await until('the first attempt is dead', () => !isAlive(pidsOf(id)[0] ?? 0), 30_000);
}, 120_000);

test('every acknowledged write is there after a kill', async () => {
  const acknowledged: string[] = [];
  for (let round = 0; round < 3; round++) {
    const killed = (async () => {
      await until('some writes are acknowledged', () => acknowledged.length >= (round + 1) * 30);
      await farm.coordinator.kill();
    })();
    let asking = true;
    const askers = Array.from({ length: 8 }, async () => {
      while (asking) {
        try {
          const answer = await farm.api.request('POST', '/api/v1/builds', {
            repo: 'project',
            commit,
            builder: 'b',
          });
          if (answer.status === 201) acknowledged.push(((await answer.json()) as Build).id);
        } catch {
          // The connection was cut by the kill: nothing was acknowledged.
          asking = false;
        }
      }
    });
    await killed;
    asking = false;
    await Promise.all(askers);
    await farm.startCoordinator();
  }
  for (const id of acknowledged) expect((await farm.api.build(id)).id).toBe(id);
}, 90_000);
