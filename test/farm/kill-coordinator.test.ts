import { afterEach, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Build } from '../../edge/api/model.ts';
import { configFor, startFarm, type TestFarm } from './farm.ts';
import { until } from './processes.ts';
import { makeRepository } from './repository.ts';

let farm: TestFarm | null = null;
const scratch = mkdtempSync(join(tmpdir(), 'croft-kill-'));
afterEach(async () => {
  await farm?.stop();
  farm = null;
  rmSync(scratch, { recursive: true, force: true });
});

const builds = 20;
const lines = 2_000;

/** Notes that it ran (outside, where nothing can take it back), writes its first half, waits to be let go, writes the rest. */
function script(): string {
  return [
    `echo run >> ${scratch}/ran/$CROFT_BUILD`,
    `i=0; while [ $i -lt ${lines / 2} ]; do i=$((i+1)); echo "line $i of $CROFT_BUILD"; done`,
    `while [ ! -e ${scratch}/go ]; do sleep 0.1; done`,
    `while [ $i -lt ${lines} ]; do i=$((i+1)); echo "line $i of $CROFT_BUILD"; done`,
  ].join('\n');
}

test('a killed coordinator loses no running build: all finish, none ran twice, every log is complete', async () => {
  mkdirSync(join(scratch, 'ran'));
  const repository = makeRepository(join(scratch, 'repo'));
  const commit = repository.commit({ 'README.md': 'hello' });
  farm = await startFarm(configFor(repository.dir, [{ name: 'b', hostType: 'local', steps: [script()] }]));
  const { api } = farm;
  for (const name of ['a1', 'a2', 'a3', 'a4']) await farm.startAgent(name, { slots: 5 });
  // The first build of the commit is the farm's own.
  const wanted = await until('the commit is found', async () => (await api.builds())[0] ?? null);
  const ids = [wanted.id];
  while (ids.length < builds) {
    ids.push((await api.post<Build>('/api/v1/builds', { repo: 'project', commit, builder: 'b' })).id);
  }
  await until('all run', () => readdirSync(join(scratch, 'ran')).length === builds, 60_000);

  await farm.coordinator.kill();
  writeFileSync(join(scratch, 'go'), '');
  await farm.startCoordinator();

  for (const id of ids) {
    const build = await api.finished(id, 60_000);
    expect(build).toMatchObject({ state: 'passed', attempts: 1 });
    expect(readFileSync(join(scratch, 'ran', id), 'utf8')).toBe('run\n');
    const expected = Array.from({ length: lines }, (_, index) => `line ${index + 1} of ${id}`);
    expect((await api.log(id)).split('\n').filter((line) => line.startsWith('line '))).toEqual(expected);
  }
}, 120_000);
