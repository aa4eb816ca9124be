import { expect, test } from 'bun:test';
import type { Fact, Tell } from '../../core/facts/index.ts';
import type { Figures } from '../../core/health/index.ts';
import { createMetrics } from './index.ts';
import { boundedLabel } from './label-bound.ts';

const figures: Figures = {
  at: 100_000,
  waiting: 3,
  running: 2,
  impossible: 1,
  oldestWaitMs: 60_000,
  queues: [{ hostType: 'linux', class: 'try', waiting: 3, oldestAt: 40_000 }],
  machines: [{ hostType: 'linux', state: 'ready', count: 4 }],
  slots: [{ hostType: 'linux', state: 'busy', count: 2 }],
  expected: [{ hostType: 'linux', count: 5 }],
  links: 4,
  repositories: [{ repo: 'croft', lastCheckedAt: 90_000, isFailing: true }],
  configBroken: false,
  openLogs: 2,
  unflushedBytes: 10,
  databaseRefuses: false,
  diskFreeBytes: null,
  diskTotalBytes: null,
  loopLagMs: 1,
  memoryBytes: 1,
};

function metricsOf(now: Figures) {
  const metrics = createMetrics({ version: '1.2.3', environment: 'test', startedAt: 5_000 });
  metrics.watch({
    coordinator: {
      health: {
        figures: () => now,
        report: () => ({
          status: 'degraded',
          checks: [{ name: 'repository croft', level: 'error', status: 'degraded', text: '', since: 0 }],
        }),
        history: () => ({ everyMs: 1, samples: [] }),
      },
    },
    streamReaders: () => 9,
  });
  return metrics;
}

test('gauges say what the figures say, with zeros where nothing is', async () => {
  const text = await metricsOf(figures).text();
  for (const line of [
    'croft_build_info{version="1.2.3",environment="test"} 1',
    'croft_builds_waiting{class="try",host_type="linux"} 3',
    'croft_builds_waiting{class="backfill",host_type="linux"} 0',
    'croft_oldest_wait_seconds{class="try",host_type="linux"} 60',
    'croft_machines{host_type="linux",state="ready"} 4',
    'croft_machines{host_type="linux",state="away"} 0',
    'croft_machines_expected{host_type="linux"} 5',
    'croft_agent_links 4',
    'croft_event_stream_readers 9',
    'croft_repository_failing{repository="croft"} 1',
    'croft_repository_checked_timestamp_seconds{repository="croft"} 90',
    'croft_health_status 1',
    'croft_health_check_status{check="repository croft"} 1',
    'process_start_time_seconds 5',
  ]) {
    expect(text).toContain(`\n${line}\n`);
  }
  // Not asked yet, which is no zero.
  expect(text).not.toMatch(/^croft_data_disk_free_bytes /m);
});

test('what is gone is left out of the next scrape', async () => {
  let now = figures;
  const metrics = metricsOf(new Proxy(figures, { get: (_, name) => Reflect.get(now, name) }));
  expect(await metrics.text()).toContain('host_type="linux"');
  now = { ...figures, queues: [], machines: [], slots: [], expected: [], repositories: [] };
  expect(await metrics.text()).not.toContain('host_type="linux"');
});

test('each fact is counted', async () => {
  const metrics = metricsOf(figures);
  const tell: Tell = metrics.hear;
  const facts: readonly Fact[] = [
    { type: 'attempt-started', hostType: 'linux', class: 'try', number: 1, waitedMs: 1_500 },
    { type: 'attempt-started', hostType: 'linux', class: 'try', number: 2, waitedMs: 9 },
    { type: 'attempt-ended', hostType: 'linux', outcome: 'infrastructure', blame: 'machine', ranMs: 1 },
    { type: 'build-ended', class: 'try', outcome: 'passed', blame: null, tookMs: 2_000 },
    { type: 'log-written', bytes: 1_234 },
    { type: 'log-sealed', bytes: 1, place: 'blob' },
    { type: 'machine-event', kind: 'connected' },
    { type: 'database-commit', writes: 3, commitMs: 1, syncMs: null },
    { type: 'database-failed', code: 'disk_full' },
    { type: 'blob', operation: 'put', ms: 5, ok: false },
    { type: 'git-fetch', ms: 5, ok: false },
    { type: 'loop-lag', ms: 2 },
  ];
  for (const fact of facts) tell(fact);
  const text = await metrics.text();
  for (const line of [
    'croft_placements_total{class="try",host_type="linux"} 2',
    'croft_build_wait_seconds_count{class="try"} 1',
    'croft_attempts_total{outcome="infrastructure",blame="machine"} 1',
    'croft_builds_total{outcome="passed",blame="none",class="try"} 1',
    'croft_log_bytes_total 1234',
    'croft_sealed_logs_total{place="blob"} 1',
    'croft_machine_events_total{kind="connected"} 1',
    'croft_database_commit_seconds_count 1',
    'croft_database_sync_seconds_count 0',
    'croft_database_writes_total 3',
    'croft_database_errors_total{code="disk_full"} 1',
    'croft_blob_errors_total{operation="put"} 1',
    'croft_git_fetch_errors_total 1',
    'croft_event_loop_lag_seconds_count 1',
  ]) {
    expect(text).toContain(`\n${line}\n`);
  }
});

test('requests are told by route and class of status, whatever method strangers make up', async () => {
  const metrics = metricsOf(figures);
  metrics.request({ method: 'GET', route: '/api/v1/builds/:id', status: 404, ms: 2 });
  metrics.request({ method: 'XYZZY', route: '(none)', status: 405, ms: 2 });
  const text = await metrics.text();
  expect(text).toContain('_count{method="GET",route="/api/v1/builds/:id",status="4xx"} 1');
  expect(text).toContain('_count{method="other",route="(none)",status="4xx"} 1');
});

test('a label stops growing', () => {
  const bounded = boundedLabel(2);
  expect(['a', 'b', 'a', 'c', 'd', 'b'].map(bounded)).toEqual(['a', 'b', 'a', 'other', 'other', 'b']);
});
