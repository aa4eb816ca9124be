/** Gauges of the farm as it is now. */
import { Gauge, type Registry } from 'prom-client';
import type { Figures, HealthReport, HealthStatus } from '../../core/health/index.ts';
import { taskClasses } from '../../core/scheduler/types.ts';
import { boundedLabel } from './label-bound.ts';
import type { MetricSources } from './types.ts';

/** More than any farm has, fewer than would hurt a Prometheus. */
const bounds = { hostTypes: 200, repositories: 500, checks: 1_000 } as const;

const statusValues: Readonly<Record<HealthStatus, number>> = { ok: 0, degraded: 1, failing: 2 };
const machineStates = ['ready', 'away', 'draining', 'quarantined'] as const;
const slotStates = ['free', 'busy', 'resetting', 'dirty'] as const;

export function createFarmMetrics(
  registry: Registry,
  { version, environment }: { readonly version: string; readonly environment: string },
): { update(sources: MetricSources): void } {
  new Gauge({
    name: 'croft_build_info',
    help: 'Always 1; its labels tell what runs',
    labelNames: ['version', 'environment'] as const,
    registers: [registry],
  }).set({ version, environment }, 1);
  const queue = createQueueGauges(registry);
  const fleet = createFleetGauges(registry);
  const plain = createPlainGauges(registry);
  const checks = createCheckGauges(registry);
  return {
    update({ coordinator: { health }, streamReaders }) {
      const figures = health.figures();
      queue(figures);
      fleet(figures);
      plain(figures, streamReaders());
      checks(health.report(), figures);
    },
  };
}

function createQueueGauges(registry: Registry): (figures: Figures) => void {
  const hostType = boundedLabel(bounds.hostTypes);
  const labelNames = ['class', 'host_type'] as const;
  const waiting = new Gauge({
    name: 'croft_builds_waiting',
    help: 'Builds that wait, by class and host type',
    labelNames,
    registers: [registry],
  });
  const oldest = new Gauge({
    name: 'croft_oldest_wait_seconds',
    help: 'How long the build that waits longest has waited, by class and host type',
    labelNames,
    registers: [registry],
  });
  return ({ at, queues, expected }) => {
    waiting.reset();
    oldest.reset();
    for (const { hostType: name } of expected) {
      for (const taskClass of taskClasses) {
        waiting.set({ class: taskClass, host_type: hostType(name) }, 0);
        oldest.set({ class: taskClass, host_type: hostType(name) }, 0);
      }
    }
    for (const line of queues) {
      const labels = { class: line.class, host_type: hostType(line.hostType) };
      waiting.inc(labels, line.waiting);
      oldest.set(labels, Math.max(0, at - line.oldestAt) / 1000);
    }
  };
}

function createFleetGauges(registry: Registry): (figures: Figures) => void {
  const hostType = boundedLabel(bounds.hostTypes);
  const labelNames = ['host_type', 'state'] as const;
  const registers = [registry];
  const machines = new Gauge({
    name: 'croft_machines',
    help: 'Machines that are known and not revoked, by host type and state',
    labelNames,
    registers,
  });
  const slots = new Gauge({
    name: 'croft_slots',
    help: 'Slots of machines that are connected, by host type and state',
    labelNames,
    registers,
  });
  const wanted = new Gauge({
    name: 'croft_machines_expected',
    help: 'Machines that the configuration expects, by host type',
    labelNames: ['host_type'] as const,
    registers,
  });
  return (figures) => {
    for (const gauge of [machines, slots, wanted]) gauge.reset();
    for (const { hostType: name, count } of figures.expected) {
      const label = hostType(name);
      for (const state of machineStates) machines.set({ host_type: label, state }, 0);
      for (const state of slotStates) slots.set({ host_type: label, state }, 0);
      wanted.inc({ host_type: label }, count);
    }
    for (const { hostType: name, state, count } of figures.machines)
      machines.inc({ host_type: hostType(name), state }, count);
    for (const { hostType: name, state, count } of figures.slots)
      slots.inc({ host_type: hostType(name), state }, count);
  };
}

function createPlainGauges(registry: Registry): (figures: Figures, streamReaders: number) => void {
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers: [registry] });
  const running = gauge('croft_builds_running', 'Builds that run now');
  const impossible = gauge('croft_builds_impossible', 'Waiting builds that can never run as things are');
  const links = gauge('croft_agent_links', 'Agents that are connected');
  const readers = gauge('croft_event_stream_readers', 'Open event streams and live logs');
  const openLogs = gauge('croft_open_logs', 'Logs that still grow');
  const unflushed = gauge('croft_unflushed_log_bytes', 'Build output that is not on the disk yet');
  const broken = gauge('croft_config_broken', '1 while a changed configuration is refused, else 0');
  const refuses = gauge('croft_database_refuses_writes', '1 once writes are refused until a restart, else 0');
  const free = gauge('croft_data_disk_free_bytes', 'Room on the disk of the data folder');
  const total = gauge('croft_data_disk_size_bytes', 'Size of the disk of the data folder');
  return (figures, streamReaders) => {
    running.set(figures.running);
    impossible.set(figures.impossible);
    links.set(figures.links);
    readers.set(streamReaders);
    openLogs.set(figures.openLogs);
    unflushed.set(figures.unflushedBytes);
    broken.set(figures.configBroken ? 1 : 0);
    refuses.set(figures.databaseRefuses ? 1 : 0);
    setOrLeaveOut(free, figures.diskFreeBytes);
    setOrLeaveOut(total, figures.diskTotalBytes);
  };
}

/** A figure that is not known yet is no zero. */
function setOrLeaveOut(gauge: Gauge, value: number | null): void {
  if (value === null) gauge.remove();
  else gauge.set(value);
}

function createCheckGauges(registry: Registry): (report: HealthReport, figures: Figures) => void {
  const repo = boundedLabel(bounds.repositories);
  const check = boundedLabel(bounds.checks);
  const registers = [registry];
  const status = new Gauge({
    name: 'croft_health_status',
    help: 'The worst of all health checks: 0 ok, 1 degraded, 2 failing',
    registers,
  });
  const checks = new Gauge({
    name: 'croft_health_check_status',
    help: 'Each health check: 0 ok, 1 degraded, 2 failing',
    labelNames: ['check'] as const,
    registers,
  });
  const checkedAt = new Gauge({
    name: 'croft_repository_checked_timestamp_seconds',
    help: 'When a repository was last looked at, seconds since 1970',
    labelNames: ['repository'] as const,
    registers,
  });
  const failing = new Gauge({
    name: 'croft_repository_failing',
    help: '1 while the newest look at a repository failed, else 0',
    labelNames: ['repository'] as const,
    registers,
  });
  return (report, { repositories }) => {
    for (const gauge of [checks, checkedAt, failing]) gauge.reset();
    status.set(statusValues[report.status]);
    for (const { name, status: of } of report.checks) checks.set({ check: check(name) }, statusValues[of]);
    for (const { repo: name, lastCheckedAt, isFailing } of repositories) {
      if (lastCheckedAt !== null) checkedAt.set({ repository: repo(name) }, lastCheckedAt / 1000);
      failing.set({ repository: repo(name) }, isFailing ? 1 : 0);
    }
  };
}
