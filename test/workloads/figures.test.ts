import { expect, test } from 'bun:test';
import type { BuildDetail } from '../../edge/api/model.ts';
import { buildFigures, inMarkdown, median } from './figures.ts';

const build: BuildDetail = {
  id: 'bld_1',
  repo: 'thing',
  commit: '0123456789abcdef',
  builder: 'node',
  hostType: 'local',
  state: 'failed',
  class: 'backfill',
  branch: 'main',
  trigger: 'commit',
  retryOf: null,
  requestedBy: null,
  attempts: 2,
  maxAttempts: 3,
  createdAt: '2026-01-01T00:00:00.000Z',
  startedAt: '2026-01-01T00:00:02.500Z',
  endedAt: '2026-01-01T00:00:14.500Z',
  blame: 'change',
  message: 'Step "a | b" failed',
  cancelRequestedBy: null,
  commitDetail: null,
  attemptList: [],
  artifacts: [],
  plan: null,
  why: null,
  reproduce: [],
  previous: null,
  following: null,
};

test('a build is judged against what was expected of it', () => {
  expect(buildFigures(build, 'passed')).toMatchObject({
    surprise: 'should be passed',
    waitMs: 2_500,
    runMs: 12_000,
    attempts: 2,
  });
  expect(buildFigures(build, 'failed').surprise).toBeNull();
  expect(buildFigures(build, null).surprise).toBeNull();
});

test('the tables show it, and cells stay cells', () => {
  const text = inMarkdown({
    machine: '2 × processor',
    slots: 2,
    startedAt: '2026-01-01T00:00:00.000Z',
    wallMs: 650_000,
    firstVerdictMs: 14_500,
    loadAtStart: 1,
    loadAtEnd: 2,
    repositories: [{ name: 'thing', wanted: 1, commits: 1, builds: [buildFigures(build, 'passed')] }],
  });
  expect(text).toContain('| thing | 1 | 1 | 0 | 1 | 0 | 1 | 12 s | 12 s | 2.50 s | 0 |');
  expect(text).toContain('**failed, should be passed**');
  expect(text).toContain('Step "a \\| b" failed');
  expect(text).toContain('First verdict after 15 s, all after 10.8 min.');
});

test('the median of none, odd and even many', () => {
  expect([median([]), median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([0, 2, 2.5]);
});
