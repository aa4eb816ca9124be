/**
 * The runs of this agent by id, from their start until their lease ends. A run id starts one process at most, however often it is
 * asked for, and what is known of it outlives the agent (`record.ts`).
 */
import { join } from 'node:path';
import { FarmError } from '../wire/farm-error.ts';
import { limits } from '../wire/limits.ts';
import type { RunReport } from '../wire/protocol.ts';
import { loadRuns } from './load-runs.ts';
import type { Run } from './run.ts';
import { type RunFiles, runFiles } from './run-files.ts';
import { openSpareFiles } from './spare-files.ts';
import { type RunDeps, type RunPlace, type RunRequest, startRun } from './start-run.ts';

export interface Runs {
  /** The same id again gives the same run, and starts nothing. Rejects as `startRun` does, and with `conflict` or `too_many`. */
  start(request: RunRequest, place: RunPlace): Promise<{ readonly run: Run; readonly started: boolean }>;
  /** Throws `not_found`. */
  get(runId: string): Run;
  ofLease(leaseId: string): readonly Run[];
  /** Runs that have not ended. */
  live(): readonly Run[];
  /** What is still being started for a lease. */
  starting(leaseId: string): Promise<void>;
  reports(): readonly RunReport[];
  acknowledge(runId: string, offset: number): void;
  /** Forgets the runs of a lease, and removes what is kept of them. */
  forget(leaseId: string): void;
}

interface Entry {
  readonly leaseId: string;
  readonly files: RunFiles;
  readonly starting: Promise<Run>;
  run?: Run;
}

/** Enough for as many runs as end at a time; empty, they take next to nothing. */
const mostSpareFiles = 64;

/** The reports of all runs go into one message; what else is in it gets the rest. */
const reportBudgetBytes = limits.messageBytes - 128 * 1024;

/** What one report takes at most, its message aside (`holdings.ts` leaves that out when all do not fit). */
function reportBytes(runId: string, leaseId: string): number {
  return 300 + 2 * runId.length + leaseId.length;
}

export function createRuns(deps: RunDeps & { readonly folder: string }): Runs {
  const entries = new Map<string, Entry>();
  let reported = 0;

  const spare = openSpareFiles(join(deps.folder, 'spare'), mostSpareFiles);
  for (const { run, files } of loadRuns({ ...deps, spare })) {
    const { runId, leaseId } = run;
    entries.set(runId, { leaseId, files, starting: Promise.resolve(run), run });
    reported += reportBytes(runId, leaseId);
  }

  async function start(request: RunRequest, place: RunPlace): Promise<{ run: Run; started: boolean }> {
    const { runId, leaseId } = request;
    const known = entries.get(runId);
    if (known !== undefined) {
      if (known.leaseId !== leaseId) {
        throw new FarmError('conflict', `Run ${runId} belongs to another lease`, { blame: 'caller' });
      }
      return { run: known.run ?? (await known.starting), started: false };
    }
    return { run: await startFirst(request, place), started: true };
  }

  async function startFirst(request: RunRequest, place: RunPlace): Promise<Run> {
    const { runId, leaseId } = request;
    const bytes = reportBytes(runId, leaseId);
    if (entries.size >= limits.reportedRuns || reported + bytes > reportBudgetBytes) {
      throw new FarmError('too_many', `This machine keeps ${entries.size} runs; end leases to make room`, {
        blame: 'caller',
        retry: 'elsewhere',
      });
    }
    const files = runFiles(deps.folder, runId, spare);
    const starting = startRun(deps, request, place, files);
    const entry: Entry = { leaseId, files, starting };
    entries.set(runId, entry);
    reported += bytes;
    try {
      entry.run = await starting;
      return entry.run;
    } catch (error) {
      entries.delete(runId);
      reported -= bytes;
      throw error;
    }
  }

  function entriesOf(leaseId: string): readonly (readonly [string, Entry])[] {
    return [...entries].filter(([, entry]) => entry.leaseId === leaseId);
  }

  function ofLease(leaseId: string): readonly Run[] {
    return entriesOf(leaseId).flatMap(([, { run }]) => (run === undefined ? [] : [run]));
  }

  return {
    start,
    get(runId) {
      const run = entries.get(runId)?.run;
      if (run === undefined) {
        throw new FarmError('not_found', `Run ${runId} is not known here`, { blame: 'caller' });
      }
      return run;
    },
    ofLease,
    live: () =>
      [...entries.values()].flatMap(({ run }) => (run === undefined || run.exit !== null ? [] : [run])),
    async starting(leaseId) {
      await Promise.allSettled(entriesOf(leaseId).map(([, entry]) => entry.starting));
    },
    reports: () => [...entries.values()].flatMap(({ run }) => (run === undefined ? [] : [run.report()])),
    acknowledge: (runId, offset) => entries.get(runId)?.run?.spool.acknowledge(offset),
    forget(leaseId) {
      for (const [runId, { run, files }] of entriesOf(leaseId)) {
        entries.delete(runId);
        reported -= reportBytes(runId, leaseId);
        run?.release();
        run?.spool.remove();
        files.remove();
      }
    },
  };
}
