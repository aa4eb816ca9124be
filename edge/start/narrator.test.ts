import { expect, test } from 'bun:test';
import type { Build, BuildDetail, Queue, Repository } from '../api/model.ts';
import { createNarrator } from './narrator.ts';

const at = '2030-01-01T00:00:00.000Z';
const later = '2030-01-01T00:00:12.000Z';

function build(state: Build['state'], more: Partial<Build> = {}): Build {
  const ended = !['waiting', 'running'].includes(state);
  return {
    ...{ id: 'bld_1', repo: 'app', commit: 'a'.repeat(40), builder: 'local', hostType: 'local', state },
    ...{ class: 'post-submit', branch: 'main', trigger: 'commit', retryOf: null, requestedBy: null },
    ...{ attempts: 1, maxAttempts: 3, createdAt: at, startedAt: at, endedAt: ended ? later : null },
    ...{ blame: null, message: null, cancelRequestedBy: null },
    ...more,
  };
}

const repository: Repository = {
  ...{ name: 'app', url: '/src/app', defaultBranch: 'main', branches: [], builders: ['local'] },
  ...{ lastCheckedAt: null, lastError: null },
};

function narrator(finishedBefore = false, now = () => Date.parse(later)) {
  return createNarrator({ farmUrl: 'http://localhost:8484', now, finishedBefore });
}

test('tells the way from the mirror to the first verdict, each thing once', () => {
  const teller = narrator();
  expect(teller.repositories([repository])).toEqual(['mirroring app from /src/app']);
  expect(teller.repositories([repository])).toEqual([]);
  const branches = [{ name: 'main', head: 'b'.repeat(40) }];
  expect(teller.repositories([{ ...repository, lastCheckedAt: at, branches }])).toEqual([
    'watching app, main at bbbbbbbbbb',
  ]);
  const commits = { type: 'commits', repo: 'app', branch: 'main', head: 'b', count: 10 } as const;
  expect(teller.event(commits)).toEqual(['app: 10 commits found on main']);
  expect(teller.event({ type: 'build', build: build('running') })).toEqual([]);
  expect(teller.watched).toBe('bld_1');
  expect(teller.event({ type: 'build', build: build('passed') })).toEqual([
    '✓ passed  local of app at aaaaaaaaaa in 12 s  http://localhost:8484/#build/bld_1',
  ]);
  expect(teller.waitsForFirst).toBe(false);
  expect(teller.event(commits)).toEqual([]);
});

test('says what was chosen to be run, why, and how to change it', () => {
  const teller = narrator();
  teller.event({ type: 'build', build: build('running') });
  const span = {
    step: 'run:0',
    title: 'npm test',
    startedAt: at,
    endedAt: null,
    state: 'running',
    logLine: 1,
    detail: null,
  } as const;
  const detail = {
    ...build('running'),
    commitDetail: { subject: 'Mend the roof' },
    plan: {
      steps: [{ name: 'npm test', script: 'npm test' }],
      origin: {
        kind: 'detected',
        file: 'package.json',
        why: 'it has a test script',
        change: 'add a croft.json',
      },
    },
    attemptList: [{ spans: [span] }],
  } as unknown as BuildDetail;
  expect(teller.detail(detail)).toEqual([
    'building local of app at aaaaaaaaaa: Mend the roof',
    '  steps from package.json: npm test',
    '  it has a test script',
    '  add a croft.json',
    '  running npm test',
  ]);
  expect(teller.detail(detail)).toEqual([]);
  const ended = {
    ...detail,
    attemptList: [{ spans: [{ ...span, endedAt: later }] }],
  } as unknown as BuildDetail;
  expect(teller.detail(ended)).toEqual(['  npm test took 12 s']);
});

test('after the first verdict there is one line for each build that ends, with its reason', () => {
  const teller = narrator(true);
  expect(teller.event({ type: 'build', build: build('running') })).toEqual([]);
  const failed = build('failed', { id: 'bld_2', message: 'npm test ended with exit code 1' });
  expect(teller.event({ type: 'build', build: failed })).toEqual([
    '✗ failed  local of app at aaaaaaaaaa in 12 s: npm test ended with exit code 1  http://localhost:8484/#build/bld_2',
  ]);
  expect(teller.event({ type: 'build', build: failed })).toEqual([]);
});

test('a repository that cannot be read is told when that begins and when it ends', () => {
  const teller = narrator(true);
  const broken = { ...repository, lastError: 'no such host' };
  expect(teller.repositories([broken])).toEqual(['cannot read app: no such host']);
  expect(teller.repositories([broken])).toEqual([]);
  expect(teller.repositories([{ ...repository, lastCheckedAt: at }])).toEqual(['app can be read again']);
});

test('a first build that waits is told with its reason, once for each reason', () => {
  let now = Date.parse(later);
  const teller = narrator(false, () => now);
  const why = {
    summary: 'no machine is connected',
    blockers: [],
    ahead: 0,
    impossible: false,
    expectedStart: null,
    basis: '',
  };
  const queue: Queue = {
    waiting: 1,
    running: 0,
    byClass: {},
    items: [{ build: build('waiting'), why }],
    next: null,
  };
  expect(teller.queue(queue)).toEqual([]);
  now += 6_000;
  expect(teller.queue(queue)).toEqual(['local of app at aaaaaaaaaa waits: no machine is connected']);
  expect(teller.queue(queue)).toEqual([]);
});
