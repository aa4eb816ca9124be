/** Agents and coordinators one protocol version apart work together, whichever is older. */
import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { agentHandshake, coordinatorHandshake } from '../../agent/wire/handshake.ts';
import { createMemoryLink } from '../../agent/wire/memory-transport.ts';
import { type Hello, protocolVersions, type VersionRange } from '../../agent/wire/protocol.ts';
import { configFor, startFarm, type TestFarm } from '../farm/farm.ts';
import { until } from '../farm/processes.ts';
import { makeRepository } from '../farm/repository.ts';
import { type NextVersion, startNextVersion } from './next-version.ts';

const hello: Omit<Hello, 'protocol'> = {
  type: 'hello',
  identity: { kind: 'machine', machineId: 'm1', signature: 'AAAA' },
  name: 'box',
  slots: 1,
  platform: {
    os: 'linux',
    arch: 'x64',
    release: '6',
    hostname: 'box',
    cpus: 2,
    memoryBytes: 1,
    runtime: 'bun',
    runtimeVersion: '1',
    agentVersion: '1',
  },
  status: {
    load1: 0,
    memoryFreeBytes: 1,
    diskFreeBytes: 1,
    diskTotalBytes: 1,
    uptimeMs: 1,
    slots: 1,
    busySlots: 0,
    draining: false,
  },
  leases: [],
  runs: [],
};

async function agreed(coordinator: VersionRange, agent: VersionRange): Promise<number | string> {
  const clock = createManualClock();
  const { left, right } = createMemoryLink();
  const randomness = { bytes: (count: number) => new Uint8Array(count), fraction: () => 0 };
  const admitted = coordinatorHandshake(left, {
    clock,
    randomness,
    version: '1',
    speaks: coordinator,
    admit: async () => ({
      type: 'welcome',
      protocol: 0,
      machineId: 'm1',
      hostType: 't',
      heartbeatMs: 1_000,
      keepLeases: [],
    }),
  });
  const welcomed = agentHandshake(right, {
    clock,
    speaks: agent,
    hello: async () => ({ ...hello, protocol: agent }),
  });
  const [ours, theirs] = await Promise.allSettled([admitted, welcomed]);
  if (theirs.status === 'rejected') return String(theirs.reason);
  if (theirs.value.outcome === 'refused') return theirs.value.error.message;
  if (ours.status === 'rejected') return String(ours.reason);
  expect(ours.value.welcome.protocol).toBe(theirs.value.welcome.protocol);
  return theirs.value.welcome.protocol;
}

test('this side speaks the version before its newest', () => {
  const { min, max } = protocolVersions;
  expect(min).toBeLessThanOrEqual(Math.max(1, max - 1));
});

test('the highest version that both speak is used, and no common one is refused in words', async () => {
  expect(await agreed({ min: 1, max: 2 }, { min: 1, max: 1 })).toBe(1);
  expect(await agreed({ min: 1, max: 1 }, { min: 1, max: 2 })).toBe(1);
  expect(await agreed({ min: 1, max: 3 }, { min: 2, max: 4 })).toBe(3);
  expect(await agreed({ min: 2, max: 3 }, { min: 1, max: 1 })).toContain(
    'speaks protocol versions 1 to 1 and this side 2 to 3; upgrade the older one',
  );
});

let farm: TestFarm | null = null;
let next: NextVersion | null = null;
const scratch = mkdtempSync(join(tmpdir(), 'croft-next-'));
afterEach(async () => {
  next?.stop();
  await farm?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

test('an agent and a coordinator that each take the other for the next version build as ever', async () => {
  const repository = makeRepository(join(scratch, 'repo'));
  repository.commit({ 'README.md': 'hello' });
  const steps = ['cat README.md', 'mkdir out; echo made > out/it.txt'];
  farm = await startFarm(
    configFor(repository.dir, [{ name: 'b', hostType: 'local', steps, artifacts: ['out/**'] }]),
  );
  next = await startNextVersion(farm.url);
  const { answers, agreed: versions, connections } = next;
  await farm.startAgent('a1', { coordinator: next.url });
  const { api } = farm;
  const found = await until('the commit is found', async () => (await api.builds())[0] ?? null);
  const build = await api.finished(found.id, 60_000);
  expect(build).toMatchObject({ state: 'passed', attempts: 1 });
  expect(build.artifacts.map(({ path }) => path)).toEqual(['out/it.txt']);
  expect(await api.log(found.id)).toContain('hello');
  expect(versions).toEqual([protocolVersions.max]);
  expect(connections()).toBe(1);
  expect(answers).toMatchObject([{ error: { code: 'unknown_kind' } }]);
}, 90_000);
