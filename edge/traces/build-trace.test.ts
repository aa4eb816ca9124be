import { expect, test } from 'bun:test';
import type { Attempt, AttemptDetail, Build, Span } from '../../core/builds/types.ts';
import { traceIdOf, traceOf } from './build-trace.ts';

const build: Build = {
  id: 'bld_1',
  repo: 'project',
  commit: 'c'.repeat(40),
  builder: 'linux',
  hostType: 'local',
  state: 'failed',
  class: 'post-submit',
  priority: 0,
  branch: 'main',
  position: 3,
  commitAt: 1,
  trigger: 'commit',
  retryOf: null,
  requestedBy: null,
  createdAt: 1_100,
  startedAt: 2_000,
  endedAt: 9_000,
  attempts: 2,
  maxAttempts: 3,
  notBefore: 0,
  cancelRequestedBy: null,
  blame: 'change',
  message: 'Step "make" failed',
};

function attempt(number: number, startedAt: number, endedAt: number, spans: readonly Span[]): AttemptDetail {
  const ids = { id: `att_${number}`, buildId: build.id, machineId: 'mch_1', leaseId: `lse_${number}` };
  const made: Attempt = { ...ids, number, slot: 0, state: 'failed', startedAt, endedAt, error: null };
  return { attempt: made, spans, plan: null };
}

function step(
  name: string,
  startedAt: number,
  endedAt: number | null,
  state: Span['state'] = 'passed',
): Span {
  return { step: name, title: name, startedAt, endedAt, state, logOffset: null, detail: null };
}

const story = {
  build,
  seenAt: 1_000,
  attempts: [
    attempt(1, 2_000, 3_000, [step('plan', 2_000, 2_100), step('prepare', 2_100, null, 'broken-off')]),
    attempt(2, 5_000, 9_000, [step('plan', 5_000, 5_100), step('run:0', 5_100, 8_900, 'failed')]),
  ],
};

test('the way of a build from the commit to the verdict is one tree', () => {
  const { id, spans } = traceOf(story);
  const names = new Map(spans.map((span) => [span.id, span.name]));
  expect(id).toBe(traceIdOf('bld_1'));
  expect(
    spans.map(({ name, parentId, startedAt, endedAt }) => [
      name,
      names.get(parentId ?? '') ?? null,
      startedAt,
      endedAt,
    ]),
  ).toEqual([
    ['build linux', null, 1_000, 9_000],
    ['commit seen', 'build linux', 1_000, 1_000],
    ['work decided', 'build linux', 1_000, 1_100],
    ['waiting', 'build linux', 1_100, 2_000],
    ['attempt 1', 'build linux', 2_000, 3_000],
    ['lease', 'attempt 1', 2_000, 2_100],
    ['plan', 'lease', 2_000, 2_100],
    ['prepare', 'lease', 2_100, 3_000],
    ['seal', 'attempt 1', 2_100, 3_000],
    ['waiting', 'build linux', 3_000, 5_000],
    ['attempt 2', 'build linux', 5_000, 9_000],
    ['lease', 'attempt 2', 5_000, 8_900],
    ['plan', 'lease', 5_000, 5_100],
    ['run:0', 'lease', 5_100, 8_900],
    ['seal', 'attempt 2', 8_900, 9_000],
    ['verdict: failed', 'build linux', 9_000, 9_000],
  ]);
  expect(spans[0]?.error).toBe('Step "make" failed');
});

test('told twice it is the same, and no two spans share an id', () => {
  expect(traceOf(story)).toEqual(traceOf(structuredClone(story)));
  const ids = traceOf(story).spans.map((span) => span.id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect(traceOf(story).id).toMatch(/^[0-9a-f]{32}$/);
  expect(traceIdOf('bld_2')).not.toBe(traceIdOf('bld_1'));
});

test('a build that was cancelled while it waited has its wait', () => {
  const cancelled = { ...build, state: 'cancelled' as const, endedAt: 4_000 };
  const { spans } = traceOf({ build: cancelled, attempts: [], seenAt: null });
  expect(spans.map(({ name, startedAt, endedAt }) => [name, startedAt, endedAt])).toEqual([
    ['build linux', 1_100, 4_000],
    ['waiting', 1_100, 4_000],
    ['verdict: cancelled', 4_000, 4_000],
  ]);
});
