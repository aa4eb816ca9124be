import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManualClock, type ManualClock } from '../../agent/kit/manual-clock.ts';
import { createBlobHolds } from '../../core/blobs/index.ts';
import { policyDefaults } from '../../core/builders/defaults.ts';
import { lockRemovals } from '../../storage/backup/gate.ts';
import { claimOf } from '../../storage/conformance/build-store.ts';
import { entry, newBuild } from '../../storage/conformance/samples.ts';
import { day, fill, openKept, retentionOf, today } from './farm.ts';

let dir = '';
let farm: Awaited<ReturnType<typeof openKept>>;
const never = new AbortController().signal;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'croft-retention-'));
  farm = await openKept(dir);
});
afterEach(async () => {
  await farm.stores.close();
  await rm(dir, { recursive: true, force: true });
});

async function keys(prefix = ''): Promise<string[]> {
  const found = [];
  for await (const { key } of farm.blobs.list(prefix)) found.push(key);
  return found;
}

/** Every row that names an object finds it, and no object is named by no row. */
async function expectWhole(): Promise<void> {
  const { retention } = farm.stores;
  for (const key of await keys()) expect([key, await retention.isWanted(key)]).toEqual([key, true]);
  for (const { id } of await retention.oldest({ kind: 'logs', after: null, limit: 1_000 })) {
    const log = await farm.stores.sealedLogs.sealed(id);
    if (log?.content.kind === 'blob') expect(await farm.blobs.stat(log.content.key)).not.toBeNull();
  }
  for (const { id } of await retention.oldest({ kind: 'artifacts', after: null, limit: 1_000 })) {
    const kept = await farm.stores.builds.artifact(id);
    expect(await farm.blobs.stat(kept?.blobKey ?? '')).not.toBeNull();
  }
}

test('what is old goes, what is young stays, and what went says so', async () => {
  const { stores, blobs } = farm;
  await fill(stores, blobs, 6);
  const retention = retentionOf(dir, farm, { logs: { ageMs: 3 * day }, artifacts: { ageMs: 2 * day } });
  const expected = [
    { kind: 'logs', policy: 'logs older than 3d', count: 2, bytes: 200 },
    { kind: 'artifacts', policy: 'artifacts older than 2d', count: 6, bytes: 72 },
  ];
  expect(await retention.preview()).toMatchObject({ rules: expected, cut: false });
  expect(await keys('logs/')).toHaveLength(6);
  expect(await retention.pass(never)).toMatchObject(expected);
  expect(await keys('logs/')).toEqual([0, 1, 2, 3].map((i) => `logs/a${i}/0`));
  // Builds 2 and 3 share one object, and build 2 is young enough.
  expect(await keys('artifacts/')).toEqual([
    'artifacts/own0',
    'artifacts/own1',
    'artifacts/own2',
    'artifacts/shared0',
    'artifacts/shared1',
  ]);
  expect(await stores.sealedLogs.sealed('a5')).toBeNull();
  const removal = { at: farm.clock.now(), policy: 'logs older than 3d' };
  expect(await stores.sealedLogs.removed('a5')).toEqual({ bytes: 100, lines: 1, droppedBytes: 0, removal });
  expect(await stores.builds.artifact('own5')).toMatchObject({
    removed: { policy: 'artifacts older than 2d' },
  });
  expect(await retention.pass(never)).toEqual([]);
  await expectWhole();
});

test('by size the oldest go first', async () => {
  await fill(farm.stores, farm.blobs, 6);
  const retention = retentionOf(dir, farm, { logs: { bytes: 250 } });
  expect(await retention.pass(never)).toMatchObject([{ policy: 'logs over 250B in all', count: 4 }]);
  expect(await keys('logs/')).toEqual(['logs/a0/0', 'logs/a1/0']);
});

test('an object that a running build found there stays, by its hold and by its journal', async () => {
  const { stores, blobs } = farm;
  await fill(stores, blobs, 6);
  const holds = createBlobHolds();
  await holds.take('attempt', 'artifacts/own5');
  await stores.builds.create([newBuild('now')]);
  await stores.builds.claim(claimOf('now', 'an'));
  const data = { artifacts: [{ blobKey: 'artifacts/own4' }], note: null };
  await stores.builds.appendJournal([entry('an', 1, { step: 'artifacts', phase: 'result', data })]);
  const retention = retentionOf(dir, farm, { artifacts: { ageMs: 2 * day } }, { holds });
  await retention.pass(never);
  expect(await keys('artifacts/own')).toEqual([0, 1, 2, 4, 5].map((i) => `artifacts/own${i}`));
  holds.letGo('attempt');
  await retention.pass(never);
  expect(await keys('artifacts/own')).not.toContain('artifacts/own5');
});

test('a walk over many rows lets others have their turn', async () => {
  const store = {
    ...farm.stores.retention,
    oldest: async ({ after }: { after: { at: number } | null }) =>
      (after?.at ?? 0) >= 20_000
        ? []
        : Array.from({ length: 1_000 }, (_, index) => {
            const at = (after?.at ?? 0) + index + 1;
            return { id: String(at), at, bytes: 1 };
          }),
  };
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await retentionOf(dir, farm, { logs: { bytes: 1e9 } }, { store }).preview();
  isOver = true;
  expect(turns).toBeGreaterThan(15);
});

test('objects that the store refuses to remove go with a later pass', async () => {
  await fill(farm.stores, farm.blobs, 6);
  let isDown = true;
  const blobs = {
    async remove(key: string) {
      if (isDown) throw new Error('503');
      await farm.blobs.remove(key);
    },
  };
  const retention = retentionOf(dir, farm, { logs: { ageMs: day } }, { blobs });
  expect(await retention.pass(never)).toMatchObject([{ count: 4 }]);
  expect(await keys('logs/')).toHaveLength(6);
  expect(await farm.stores.retention.unwanted(10)).toHaveLength(4);
  isDown = false;
  expect(await retention.pass(never)).toEqual([]);
  expect(await keys('logs/')).toHaveLength(2);
  expect(await farm.stores.retention.unwanted(10)).toEqual([]);
});

test('mirrors of repositories that are watched no longer go by age, watched ones never', async () => {
  const gone: string[] = [];
  const mirrors = {
    list: async () =>
      ['old', 'watched', 'young'].map((id) => ({ id, at: id === 'young' ? today : 5, bytes: 9 })),
    remove: async (id: string) => void gone.push(id),
  };
  const rules = { ageMs: 30 * day, bytes: null };
  const config = () => ({
    repositories: [{ name: 'watched', url: '/w', branches: [], builders: [], history: 1, pollMs: 1 }],
    policies: { ...policyDefaults, retention: { ...policyDefaults.retention, mirrors: rules } },
  });
  const retention = retentionOf(dir, farm, {}, { mirrors, config });
  expect(await retention.preview()).toMatchObject({
    rules: [{ policy: 'mirrors older than 30d', count: 1 }],
  });
  expect(gone).toEqual([]);
  await retention.pass(never);
  expect(gone).toEqual(['old']);
});

/** Time and turns of the loop for a pass to go as far as it wants to. */
async function turns(clock: ManualClock): Promise<void> {
  for (let turn = 0; turn < 50; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    await clock.advance(100);
  }
}

test('a wall clock that jumps is given until the next pass to come back', async () => {
  await fill(farm.stores, farm.blobs, 2);
  const manual = createManualClock(today);
  let aheadMs = 0;
  const clock = { ...manual, now: () => manual.now() + aheadMs };
  const stop = new AbortController();
  const run = retentionOf(dir, farm, { logs: { ageMs: 300 * day } }, { clock }).run(stop.signal);
  aheadMs = 365 * day;
  await manual.advance(61_000);
  await turns(manual);
  aheadMs = 0;
  await manual.advance(31 * 60_000);
  await turns(manual);
  expect(await keys('logs/')).toHaveLength(2);
  stop.abort(new Error('over'));
  await run;
});

test('nothing is removed while a backup runs', async () => {
  await fill(farm.stores, farm.blobs, 6);
  const lock = lockRemovals(dir);
  expect(lock).not.toBeNull();
  const stop = new AbortController();
  const pass = retentionOf(dir, farm, { logs: { ageMs: day } }).pass(stop.signal);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(await keys('logs/')).toHaveLength(6);
  lock?.release();
  await pass;
  expect(await keys('logs/')).toHaveLength(2);
});

// Each round starts a process anew.
test('killed at any moment, it leaves nothing dangling and goes on where it was', async () => {
  await fill(farm.stores, farm.blobs, 60);
  await farm.stores.close();
  const fixture = join(import.meta.dir, 'kill-fixture.ts');
  let rounds = 0;
  for (let isDone = false; !isDone; rounds++) {
    const child = Bun.spawn([process.execPath, fixture, dir], { stdout: 'pipe', stderr: 'inherit' });
    const reader = child.stdout.getReader();
    const said = new TextDecoder().decode((await reader.read()).value);
    expect(said).toStartWith('begun');
    // Later each time, so that some kill comes everywhere and one run reaches the end.
    const killer = setTimeout(() => child.kill('SIGKILL'), 25 * rounds);
    const rest = new TextDecoder().decode((await reader.read()).value);
    await child.exited;
    clearTimeout(killer);
    isDone = said.includes('done') || rest.includes('done');
    farm = await openKept(dir);
    for (const { id } of await farm.stores.retention.oldest({ kind: 'logs', after: null, limit: 1_000 })) {
      expect(await farm.blobs.stat(`logs/${id}/0`)).not.toBeNull();
    }
    for (const { id } of await farm.stores.retention.oldest({
      kind: 'artifacts',
      after: null,
      limit: 1_000,
    })) {
      const kept = await farm.stores.builds.artifact(id);
      expect(await farm.blobs.stat(kept?.blobKey ?? '')).not.toBeNull();
    }
    if (!isDone) await farm.stores.close();
  }
  expect(rounds).toBeGreaterThan(1);
  expect(await keys('logs/')).toHaveLength(4);
  await expectWhole();
}, 60_000);
