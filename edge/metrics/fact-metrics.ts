/** Counters and histograms of what happens. */
import { Counter, Histogram, type Registry } from 'prom-client';
import type { Fact } from '../../core/facts/index.ts';
import { boundedLabel } from './label-bound.ts';

const hostTypes = 200;

const seconds = {
  /** Commits to a disk: from a tenth of a millisecond to a disk in trouble. */
  disk: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
  /** Something on the network. */
  remote: [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  /** Work of builds: a trivial one, and one that takes a day. */
  work: [0.1, 0.5, 1, 5, 15, 60, 180, 600, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400],
  /** Turns of the event loop. */
  loop: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10],
} as const;

export function createFactMetrics(registry: Registry): { readonly hear: (fact: Fact) => void } {
  const known = boundedLabel(hostTypes);
  const work = createWorkMetrics(registry);
  const kept = createStorageMetrics(registry);

  function hear(fact: Fact): void {
    switch (fact.type) {
      case 'attempt-started': {
        const hostType = known(fact.hostType);
        work.placements.inc({ class: fact.class, host_type: hostType });
        if (fact.number === 1) work.waits.observe({ class: fact.class }, Math.max(0, fact.waitedMs) / 1000);
        return;
      }
      case 'attempt-ended':
        work.attempts.inc({ outcome: fact.outcome, blame: fact.blame ?? 'none' });
        work.runs.observe({ outcome: fact.outcome }, Math.max(0, fact.ranMs) / 1000);
        return;
      case 'build-ended':
        work.builds.inc({ outcome: fact.outcome, blame: fact.blame ?? 'none', class: fact.class });
        work.verdicts.observe({ class: fact.class }, Math.max(0, fact.tookMs) / 1000);
        return;
      case 'log-written':
        work.logBytes.inc(fact.bytes);
        return;
      case 'log-sealed':
        work.sealedLogs.inc({ place: fact.place });
        return;
      case 'machine-event':
        work.machineEvents.inc({ kind: fact.kind });
        return;
      case 'database-commit':
        kept.commits.observe(fact.commitMs / 1000);
        kept.writes.inc(fact.writes);
        if (fact.syncMs !== null) kept.syncs.observe(fact.syncMs / 1000);
        return;
      case 'database-failed':
        kept.failures.inc({ code: fact.code });
        return;
      case 'blob':
        kept.blobs.observe({ operation: fact.operation }, fact.ms / 1000);
        if (!fact.ok) kept.blobErrors.inc({ operation: fact.operation });
        return;
      case 'git-fetch':
        kept.fetches.observe(fact.ms / 1000);
        if (!fact.ok) kept.fetchErrors.inc();
        return;
      case 'loop-lag':
        kept.loopLag.observe(fact.ms / 1000);
        return;
    }
  }
  return { hear };
}

function createWorkMetrics(registry: Registry) {
  const registers = [registry];
  return {
    placements: new Counter({
      name: 'croft_placements_total',
      help: 'Attempts that began on a machine',
      labelNames: ['class', 'host_type'] as const,
      registers,
    }),
    waits: new Histogram({
      name: 'croft_build_wait_seconds',
      help: 'How long builds waited for their first attempt',
      labelNames: ['class'] as const,
      buckets: [...seconds.work],
      registers,
    }),
    attempts: new Counter({
      name: 'croft_attempts_total',
      help: 'Attempts that ended, by outcome and whose fault it was',
      labelNames: ['outcome', 'blame'] as const,
      registers,
    }),
    runs: new Histogram({
      name: 'croft_attempt_duration_seconds',
      help: 'How long attempts held a machine',
      labelNames: ['outcome'] as const,
      buckets: [...seconds.work],
      registers,
    }),
    builds: new Counter({
      name: 'croft_builds_total',
      help: 'Builds that got their verdict, by outcome and whose fault it was',
      labelNames: ['outcome', 'blame', 'class'] as const,
      registers,
    }),
    verdicts: new Histogram({
      name: 'croft_build_verdict_seconds',
      help: 'Time from the creation of a build to its verdict',
      labelNames: ['class'] as const,
      buckets: [...seconds.work],
      registers,
    }),
    logBytes: new Counter({
      name: 'croft_log_bytes_total',
      help: 'Bytes of build output that were taken in',
      registers,
    }),
    sealedLogs: new Counter({
      name: 'croft_sealed_logs_total',
      help: 'Logs that were sealed, by where they are kept',
      labelNames: ['place'] as const,
      registers,
    }),
    machineEvents: new Counter({
      name: 'croft_machine_events_total',
      help: 'Lines of the history of all machines, by kind',
      labelNames: ['kind'] as const,
      registers,
    }),
  };
}

function createStorageMetrics(registry: Registry) {
  const registers = [registry];
  return {
    commits: new Histogram({
      name: 'croft_database_commit_seconds',
      help: 'Time of a transaction, with all writes that share it; the event loop stands still meanwhile',
      buckets: [...seconds.disk],
      registers,
    }),
    syncs: new Histogram({
      name: 'croft_database_sync_seconds',
      help: 'Time until a commit that holds results survives the death of the machine',
      buckets: [...seconds.disk],
      registers,
    }),
    writes: new Counter({
      name: 'croft_database_writes_total',
      help: 'Writes of the stores; many share one transaction',
      registers,
    }),
    failures: new Counter({
      name: 'croft_database_errors_total',
      help: 'Transactions that failed or were refused, by the code of the error',
      labelNames: ['code'] as const,
      registers,
    }),
    blobs: new Histogram({
      name: 'croft_blob_operation_seconds',
      help: 'Time of the operations of the blob store, streams to their end',
      labelNames: ['operation'] as const,
      buckets: [...seconds.remote],
      registers,
    }),
    blobErrors: new Counter({
      name: 'croft_blob_errors_total',
      help: 'Operations in which the blob store failed',
      labelNames: ['operation'] as const,
      registers,
    }),
    fetches: new Histogram({
      name: 'croft_git_fetch_seconds',
      help: 'Time of the fetches of repositories, failed ones too',
      buckets: [...seconds.remote],
      registers,
    }),
    fetchErrors: new Counter({
      name: 'croft_git_fetch_errors_total',
      help: 'Fetches of repositories that failed',
      registers,
    }),
    loopLag: new Histogram({
      name: 'croft_event_loop_lag_seconds',
      help: 'How late timers of the coordinator are',
      buckets: [...seconds.loop],
      registers,
    }),
  };
}
