import { expect, test } from 'bun:test';
import { createMemory } from './memory.ts';
import { type OwnFacts, ownChecks } from './own-checks.ts';
import type { Finding } from './types.ts';

const gib = 1024 ** 3;
const well = { ok: true, value: undefined, at: 0 } as const;

function facts(change: Partial<OwnFacts>): OwnFacts {
  return {
    now: 1_000,
    database: { refusal: null, lastFailure: null, probed: well },
    blobs: well,
    disk: { ok: true, value: { freeBytes: 50 * gib, totalBytes: 100 * gib }, at: 0 },
    diskFreeBytes: 10 * gib,
    git: { ok: true, value: '2.39.5', at: 0 },
    overlooked: [0, 0],
    loopLagMs: 3,
    endedLoops: [],
    failingLogs: 0,
    ...change,
  };
}

function find(change: Partial<OwnFacts>, name: string): Finding {
  const found = ownChecks(facts(change)).find((finding) => finding.name === name);
  if (found === undefined) throw new Error(`No check is called ${name}`);
  return found;
}

function statusOf(change: Partial<OwnFacts>): string {
  return createMemory().report(ownChecks(facts(change)), 0).status;
}

function room(freeBytes: number): Partial<OwnFacts> {
  return { disk: { ok: true, value: { freeBytes, totalBytes: 100 * gib }, at: 0 } };
}

test('a coordinator that stands on firm ground is well', () => {
  expect(statusOf({})).toBe('ok');
  expect(statusOf({ disk: null, git: null, blobs: null })).toBe('ok');
});

test('a database that refuses writes until a restart is failing, and says so', () => {
  const refused = { since: 5, message: 'the disk did not take a sync' };
  const change = { database: { refusal: refused, lastFailure: refused, probed: well } };
  expect(find(change, 'database').text).toContain('until the coordinator is started again');
  expect(statusOf(change)).toBe('failing');
});

test('a write that failed and a probe without an answer are failing too', () => {
  const failure = { since: 5, message: 'the disk is full' };
  expect(statusOf({ database: { refusal: null, lastFailure: failure, probed: well } })).toBe('failing');
  const silent = { ok: false, message: 'no answer', at: 0 } as const;
  expect(statusOf({ database: { refusal: null, lastFailure: null, probed: silent } })).toBe('failing');
  expect(statusOf({ blobs: silent })).toBe('failing');
});

test('a disk that fills up is a warning first, and failing at the last moment', () => {
  expect(statusOf(room(9 * gib))).toBe('degraded');
  expect(find(room(9 * gib), 'disk room').text).toBe(
    'The disk of the data folder fills up: 9.0 GiB of 100 GiB are free, and 10 GiB should be; make room',
  );
  expect(statusOf(room(gib / 2))).toBe('failing');
  expect(statusOf({ ...room(0), diskFreeBytes: 0 })).toBe('ok');
});

test('a git that can not be used stops fetches, not the farm', () => {
  const change = { git: { ok: false, message: 'git 2.20.1 is too old', at: 0 } } as const;
  expect(find(change, 'git')).toMatchObject({ level: 'error', text: expect.stringContaining('2.20.1') });
  expect(statusOf(change)).toBe('degraded');
});

test('work beside a free slot is a defect when two looks find it', () => {
  expect(statusOf({ overlooked: [0, 4] })).toBe('ok');
  expect(statusOf({ overlooked: [4, 0] })).toBe('ok');
  expect(statusOf({ overlooked: [4, 4] })).toBe('failing');
});

test('a loop that is late, output that is not written and a part that ended are told', () => {
  expect(statusOf({ loopLagMs: 2_000 })).toBe('degraded');
  expect(statusOf({ failingLogs: 1 })).toBe('degraded');
  expect(statusOf({ endedLoops: [{ name: 'machines', message: 'broke' }] })).toBe('failing');
});

test('a check keeps since when it is as it is, through every look that finds the same', () => {
  const memory = createMemory();
  const since = (change: Partial<OwnFacts>, now: number) =>
    memory.report(ownChecks(facts(change)), now).checks.find(({ name }) => name === 'event loop')?.since;
  expect(since({}, 10)).toBe(10);
  expect(since({ loopLagMs: 5 }, 20)).toBe(10);
  expect(since({ loopLagMs: 5_000 }, 30)).toBe(30);
  expect(since({ loopLagMs: 6_000 }, 40)).toBe(30);
  expect(since({}, 50)).toBe(50);
});
