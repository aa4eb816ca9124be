/** A backup of real processes at work, and the farm that comes out of it. */
import { afterEach, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Build } from '../../edge/api/model.ts';
import { configFor, startFarm, type TestFarm } from '../farm/farm.ts';
import { root, until } from '../farm/processes.ts';
import { makeRepository } from '../farm/repository.ts';

const scratch = mkdtempSync(join(tmpdir(), 'croft-backup-farm-'));
const farms: TestFarm[] = [];
afterEach(async () => {
  for (const farm of farms.splice(0)) await farm.stop();
  rmSync(scratch, { recursive: true, force: true });
});

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly notes: string;
}

async function croft(...args: readonly string[]): Promise<Ran> {
  const child = Bun.spawn([process.execPath, join(root, 'edge', 'cli', 'main.ts'), ...args], {
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const [out, notes] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, out, notes };
}

test('builds that ended are there with their logs, and one that ran at the time is built to its end', async () => {
  mkdirSync(join(scratch, 'ran'));
  const repository = makeRepository(join(scratch, 'repo'));
  const commit = repository.commit({ 'README.md': 'hello' });
  const step = `echo from $CROFT_BUILD; mkdir out; echo kept > out/it; touch ${scratch}/ran/$CROFT_BUILD; while [ -e ${scratch}/hold ]; do sleep 0.1; done; echo over`;
  const config = configFor(repository.dir, [
    { name: 'b', hostType: 'local', steps: [step], artifacts: ['out/**'] },
  ]);
  const farm = await startFarm(config);
  farms.push(farm);
  await farm.startAgent('a1');
  const first = await until('the commit is found', async () => (await farm.api.builds())[0] ?? null);
  await farm.api.finished(first.id, 60_000);
  writeFileSync(join(scratch, 'hold'), '');
  const running = await farm.api.post<Build>('/api/v1/builds', { repo: 'project', commit, builder: 'b' });
  await until('it runs', () => existsSync(join(scratch, 'ran', running.id)));

  const data = join(farm.dir, 'data');
  const to = join(scratch, 'copy.tar');
  const backup = await croft('backup', '--data', data, to, '--json');
  expect(backup).toMatchObject({ code: 0 });
  expect(JSON.parse(backup.out)).toMatchObject({ to, missing: [] });
  expect(await croft('restore', to, '--to', data, '--force')).toMatchObject({ code: 6 });
  expect((await croft('fsck', '--data', data, '--deep')).out).toStartWith('Nothing is wrong');
  // The machine is lost with all that it had; only the copy is left.
  await farm.stop();
  farms.length = 0;
  rmSync(join(scratch, 'hold'));

  const restored = join(scratch, 'restored');
  expect(await croft('restore', to, '--to', restored)).toMatchObject({ code: 0 });
  expect(readdirSync(restored)).toContain('admin-token');
  expect((await croft('fsck', '--data', restored, '--deep')).out).toStartWith('Nothing is wrong');
  const again = await startFarm(
    configFor(repository.dir, [{ name: 'b', hostType: 'local', steps: [step], artifacts: ['out/**'] }], {
      away: '1s',
    }),
    { dataDir: restored },
  );
  farms.push(again);
  expect(await again.api.log(first.id)).toContain(`from ${first.id}`);
  const [artifact] = (await again.api.build(first.id)).artifacts;
  expect(await (await again.api.request('GET', artifact?.url ?? '')).text()).toBe('kept\n');
  await again.startAgent('a2');
  const ended = await again.api.finished(running.id, 60_000);
  expect(ended).toMatchObject({ state: 'passed', attempts: 2 });
  expect(await again.api.log(running.id)).toContain('over');
}, 120_000);
