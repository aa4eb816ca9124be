import { expect, test } from 'bun:test';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { defaultConfig } from '../builders/index.ts';
import type { Build } from '../builds/types.ts';
import { untold } from '../facts/index.ts';
import { createHealth, type HealthService } from './index.ts';
import type { HealthDeps } from './service.ts';

function watched(change: Partial<HealthDeps> = {}) {
  const clock = createManualClock(1_000_000);
  let hear = (_build: Build): void => undefined;
  const looks = { git: 0, overlooked: 0 };
  const deps: HealthDeps = {
    clock,
    tell: untold,
    probes: {
      database: { refusal: () => null, lastFailure: () => null, check: async () => undefined },
      disk: { room: async () => ({ freeBytes: 70, totalBytes: 100 }) },
      git: {
        async version() {
          looks.git++;
          return '2.50.0';
        },
      },
    },
    settings: {
      state: () => ({ config: defaultConfig({ repository: '.' }), file: null, loadedAt: 0, broken: null }),
    },
    builds: {
      counts: () => ({
        ...{ running: 2, waiting: 1, impossible: 0, oldestAt: 990_000, queues: [] },
        byClass: { interactive: 0, try: 1, 'post-submit': 0, backfill: 0 },
      }),
      overlooked: () => looks.overlooked,
      onChange(listener) {
        hear = listener;
        return () => undefined;
      },
    },
    machines: { list: () => [] },
    logs: { figures: () => ({ open: 0, followers: 0, unflushedBytes: 0, failing: 0 }) },
    blobs: { stat: async () => null },
    commits: { states: async () => [] },
    memoryBytes: () => 42,
    ...change,
  };
  return { clock, looks, health: createHealth(deps, { diskFreeBytes: 50 }), hear: (b: Build) => hear(b) };
}

async function during(health: HealthService, run: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const running = health.run(stop.signal);
  await run();
  stop.abort(new Error('over'));
  await running;
}

const build = (state: Build['state']) => ({ state }) as Build;

test('figures and an hour of samples come from one place, a sample each ten seconds', async () => {
  const { clock, health, hear } = watched();
  await during(health, async () => {
    await clock.advance(5_000);
    for (const state of ['passed', 'failed', 'running'] as const) hear(build(state));
    await clock.advance(5_000);
    expect(health.figures()).toMatchObject({ oldestWaitMs: 20_000, diskFreeBytes: 70, memoryBytes: 42 });
    const { everyMs, samples } = health.history();
    expect(everyMs).toBe(10_000);
    expect(samples).toMatchObject([
      { at: 1_000_000, waiting: 1, running: 2, ended: 0, memoryBytes: 42 },
      { at: 1_010_000, ended: 2, passed: 1, oldestWaitMs: 20_000, diskFreeBytes: 70 },
    ]);
    await clock.advance(4_000_000);
    expect(health.history().samples).toHaveLength(360);
  });
  expect(clock.waiting).toBe(0);
});

test('git is not asked at every look, and two looks in a row find what the scheduler overlooks', async () => {
  const { clock, looks, health } = watched();
  const scheduler = () => health.report().checks.find(({ name }) => name === 'scheduler')?.status;
  await during(health, async () => {
    await clock.advance(1);
    looks.overlooked = 3;
    await clock.advance(10_000);
    expect(scheduler()).toBe('ok');
    await clock.advance(10_000);
    expect(scheduler()).toBe('failing');
    await clock.advance(200_000);
    expect(looks.git).toBe(1);
  });
});

test('a blob store that hangs is told, and nothing else waits for it', async () => {
  const { clock, health } = watched({ blobs: { stat: () => new Promise(() => undefined) } });
  await during(health, async () => {
    await clock.advance(10_000);
    const { status, checks } = health.report();
    expect(status).toBe('failing');
    expect(checks.find(({ name }) => name === 'blob store')?.text).toContain('has not answered for 10 s');
    expect(checks.find(({ name }) => name === 'database')?.status).toBe('ok');
    expect(health.history().samples).toHaveLength(1);
  });
});

test('a part of the coordinator that ended is told', () => {
  const { health } = watched();
  health.loopEnded('machines', 'the store broke');
  expect(health.report()).toMatchObject({ status: 'failing' });
});
