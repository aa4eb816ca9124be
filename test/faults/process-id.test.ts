import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configFor, startFarm, type TestFarm } from '../farm/farm.ts';
import { makeRepository } from '../farm/repository.ts';

let farm: TestFarm | null = null;
const scratch = mkdtempSync(join(tmpdir(), 'croft-process-id-'));
afterEach(async () => {
  await farm?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

test('a killed coordinator starts again though its process id belongs to an agent now', async () => {
  const repository = makeRepository(join(scratch, 'repo'));
  repository.commit({ 'README.md': 'hello' });
  farm = await startFarm(configFor(repository.dir, [{ name: 'b', hostType: 'local', steps: ['true'] }]));
  const agent = await farm.startAgent('a');
  await farm.coordinator.kill();
  // In a container there are few processes, and the same ids come again after each start.
  writeFileSync(join(farm.dir, 'data', 'coordinator.pid'), `${agent.pid}\n`);
  await farm.startCoordinator();
  expect(farm.coordinator.running()).toBe(true);
}, 60_000);
