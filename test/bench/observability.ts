/**
 * What metrics cost the coordinator: processor time of the facts of a trivial build, so of 300 of them a second, and of one scrape
 * of a large farm. `bun test/bench/observability.ts`. It counts processor time, so a busy machine changes little of it.
 */
import type { Fact } from '../../core/facts/index.ts';
import { countMachines } from '../../core/health/figures.ts';
import type { Figures, HealthCheck } from '../../core/health/types.ts';
import type { MachineSnapshot } from '../../core/machines/types.ts';
import { createMetrics } from '../../edge/metrics/index.ts';
import { createSmallFarm, taskOf } from '../fakes/scheduler-inputs.ts';

const size = { hostTypes: 20, machines: 5_000, waiting: 5_000, repositories: 100 };
const hostTypes = Array.from({ length: size.hostTypes }, (_, index) => `host-${index}`);

/** As a farm tells them of one build of `true`; commits are shared under load, here each has its own. */
function factsOfBuild(index: number): readonly Fact[] {
  const hostType = hostTypes[index % hostTypes.length] ?? '';
  const commit: Fact = { type: 'database-commit', writes: 1, commitMs: 0.2, syncMs: 1.5 };
  return [
    commit,
    { type: 'attempt-started', hostType, class: 'post-submit', number: 1, waitedMs: 40 },
    commit,
    { type: 'log-written', bytes: 300 },
    commit,
    { type: 'log-written', bytes: 60 },
    { type: 'log-written', bytes: 0 },
    { type: 'log-written', bytes: 90 },
    { type: 'log-sealed', bytes: 450, place: 'database' },
    commit,
    { type: 'attempt-ended', hostType, outcome: 'passed', blame: null, ranMs: 60 },
    { type: 'build-ended', class: 'post-submit', outcome: 'passed', blame: null, tookMs: 100 },
  ];
}

function processorMs(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const metrics = createMetrics({ version: '0', environment: 'bench', startedAt: 0 });
const builds = 50_000;
const stories = Array.from({ length: 100 }, (_, index) => factsOfBuild(index));
function tell(count: number): void {
  for (let index = 0; index < count; index++)
    for (const fact of stories[index % stories.length] ?? []) metrics.hear(fact);
}
tell(5_000);
const buildMs = processorMs(() => tell(builds)) / builds;

const farm = createSmallFarm([], {
  policy: {
    weights: { interactive: 1000, try: 100, 'post-submit': 10, backfill: 1 },
    hostTypes: hostTypes.map((name) => ({ name, expected: 10 })),
    builders: ['unit'],
  },
});
for (let index = 0; index < size.waiting; index++)
  farm.add(taskOf(`t${index}`, { hostType: hostTypes[index % hostTypes.length] ?? '', createdAt: index }));

const machines = Array.from({ length: size.machines }, (_, index): MachineSnapshot => {
  const hostType = hostTypes[index % hostTypes.length] ?? '';
  const machine = { hostType, draining: false, quarantine: null, revokedAt: null };
  return {
    machine: machine as MachineSnapshot['machine'],
    presence: { connected: true, since: 0, remote: null, status: null, note: null },
    slots: [{ slot: 0, state: 'busy', holder: null, since: 0 }],
    reliability: { attempts: 0, infrastructureFailures: 0 },
  };
});

function figures(): Figures {
  const { waiting, impossible, oldestAt, queues } = farm.scheduler.counts();
  return {
    ...{ at: 10_000, waiting, running: size.machines, impossible, oldestWaitMs: oldestAt, queues },
    ...countMachines(machines),
    expected: hostTypes.map((hostType) => ({ hostType, count: 10 })),
    repositories: Array.from({ length: size.repositories }, (_, index) => ({
      ...{ repo: `repository-${index}`, lastCheckedAt: 0, isFailing: false },
    })),
    ...{ configBroken: false, openLogs: 0, unflushedBytes: 0, databaseRefuses: false },
    ...{ diskFreeBytes: 1, diskTotalBytes: 1, loopLagMs: 0, memoryBytes: 0 },
  };
}

const checks = Array.from({ length: size.hostTypes + size.repositories + 12 }, (_, index): HealthCheck => {
  return { name: `check ${index}`, level: 'ok', status: 'ok', text: '', since: 0 };
});
metrics.watch({
  coordinator: {
    health: {
      figures,
      report: () => ({ status: 'ok', checks }),
      history: () => ({ everyMs: 1, samples: [] }),
    },
  },
  streamReaders: () => 0,
});
const scrapes = 200;
let text = '';
for (let index = 0; index < 20; index++) text = await metrics.text();
const before = process.cpuUsage();
for (let index = 0; index < scrapes; index++) text = await metrics.text();
const spent = process.cpuUsage(before);
const scrapeMs = (spent.user + spent.system) / 1000 / scrapes;
const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;

process.stdout.write(
  `${[
    `facts of one build           ${(buildMs * 1000).toFixed(1)} µs`,
    `at 300 builds a second       ${(buildMs * 300 * 0.1).toFixed(2)} % of a core`,
    `one scrape                   ${scrapeMs.toFixed(2)} ms (${series} series, ${Math.round(text.length / 1024)} KiB; ${size.waiting} waiting, ${size.machines} machines)`,
    `scraped each 15 s            ${((scrapeMs / 15_000) * 100).toFixed(3)} % of a core`,
  ].join('\n')}\n`,
);
