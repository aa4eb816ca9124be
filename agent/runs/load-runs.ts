/** What an earlier agent on this folder left: runs that ended keep their exit and output, the others are lost. */
import type { RunExit } from '../wire/protocol.ts';
import { createEndedRun } from './ended-run.ts';
import { readRecord, saveExit } from './record.ts';
import type { Run } from './run.ts';
import {
  type FoundRun,
  findRuns,
  foundExtent,
  type RunFiles,
  recordPath,
  removeFoundRun,
  runFiles,
} from './run-files.ts';
import type { SpareFiles } from './spare-files.ts';
import { createSpool } from './spool.ts';
import type { RunDeps } from './start-run.ts';
import { createTimeMarks } from './time-marks.ts';

export interface LoadedRun {
  readonly run: Run;
  readonly files: RunFiles;
}

export type LoadDeps = RunDeps & { readonly folder: string; readonly spare: SpareFiles };

export function loadRuns(deps: LoadDeps): readonly LoadedRun[] {
  return findRuns(deps.folder).flatMap((found) => {
    const loaded = loadRun(deps, found);
    if (loaded === undefined) removeFoundRun(deps.folder, found);
    return loaded === undefined ? [] : [loaded];
  });
}

/** Processes that led runs of an earlier agent and have no exit; they may run still. */
export function findUnended(folder: string): readonly UnendedRun[] {
  return findRuns(folder).flatMap((found) => {
    const record = found.hasRecord ? readRecord(recordPath(folder, found.runId)) : undefined;
    if (record === undefined || record.exit !== null) return [];
    const { leaseId, pid, processStart } = record.start;
    return [{ leaseId, leader: pid === null ? undefined : { pid, start: processStart } }];
  });
}

export interface UnendedRun {
  readonly leaseId: string;
  readonly leader: Run['leader'];
}

function loadRun(deps: LoadDeps, found: FoundRun): LoadedRun | undefined {
  const path = recordPath(deps.folder, found.runId);
  const record = found.hasRecord ? readRecord(path) : undefined;
  if (record === undefined || record.start.runId !== found.runId) return undefined;
  const files = runFiles(deps.folder, found.runId, deps.spare);
  const { start } = record;
  const extent = foundExtent(deps.folder, found, start.segmentBytes);
  const exit = record.exit ?? lostExit(start.runId, start.startedAt, deps.clock.now(), extent.bytes);
  if (record.exit === null) saveExit(path, exit);
  deps.budget.charge(extent.bytes - extent.firstFile * start.segmentBytes);
  const spool = createSpool({
    segments: files.segments(start.segmentBytes, extent),
    marks: createTimeMarks(start.startedAt, record.times),
    budget: deps.budget,
    limitBytes: 0,
    onDiskFailure: () => undefined,
  });
  return { run: createEndedRun({ ...exit, outputBytes: extent.bytes }, start.leaseId, spool), files };
}

function lostExit(runId: string, startedAt: number, endedAt: number, outputBytes: number): RunExit {
  return {
    runId,
    exitCode: null,
    signal: null,
    reason: 'lost',
    message: 'The agent of the machine died while the run was under way',
    startedAt,
    endedAt,
    outputBytes,
    droppedBytes: 0,
  };
}
