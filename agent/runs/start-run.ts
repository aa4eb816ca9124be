/** From a request to a process: everything that can be refused is refused before anything is started. */
import { statfsSync, statSync } from 'node:fs';
import { isDiskFull, toDiskError } from '../disk-errors.ts';
import type { Clock } from '../kit/clock.ts';
import type { Log } from '../kit/log.ts';
import { couldNotStart } from '../platform/could-not-start.ts';
import type { ChildProcess, Spawn } from '../platform/process.ts';
import { processStart } from '../platform/process-table.ts';
import { type FarmError, isFarmError } from '../wire/farm-error.ts';
import type { Params, RunExit } from '../wire/protocol.ts';
import { argvOf } from './command.ts';
import { createEndedRun } from './ended-run.ts';
import { type EnvironmentBase, runEnvironment } from './environment.ts';
import { type RecordFile, type StartRecord, shortened } from './record.ts';
import { createLiveRun, type LiveRun, type Run } from './run.ts';
import { type RunFiles, segmentBytes } from './run-files.ts';
import { createSpool, type Spool } from './spool.ts';
import type { SpoolBudget } from './spool-budget.ts';
import { createTimeMarks, type TimeMarks } from './time-marks.ts';

export type RunRequest = Pick<Params<'run.start'>, 'runId' | 'leaseId' | 'command' | 'env' | 'limits'>;

/** Where a run works; its lease knows. */
export interface RunPlace {
  readonly workDir: string;
  /** Absolute, inside the work folder. */
  readonly cwd: string;
  /** Folder of the slot's cgroup, where there is one. */
  readonly cgroup: string | undefined;
  /** Makes the folders that HOME and TMPDIR name. */
  readonly makeHomes: () => void;
}

export interface RunDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly spawn: Spawn;
  readonly environment: EnvironmentBase;
  readonly budget: SpoolBudget;
}

/** A disk with less than this left counts as full. */
const fullBelowBytes = 1024 * 1024;

/**
 * Resolves with the run, also when its command could not be started: that is an exit like others. Rejects with `invalid_input`,
 * `disk_full`, or `could_not_start` where the machine is at fault; nothing is left then.
 */
export async function startRun(
  deps: RunDeps,
  request: RunRequest,
  place: RunPlace,
  files: RunFiles,
): Promise<Run> {
  const env = runEnvironment(deps.environment, { ...request, ...place });
  const startedAt = deps.clock.now();
  const start: StartRecord = {
    runId: request.runId,
    leaseId: request.leaseId,
    startedAt,
    segmentBytes,
    pid: null,
    processStart: null,
  };
  let record: RecordFile | undefined;
  try {
    place.makeHomes();
    record = files.createRecord(start);
    const child = await spawnCommand(deps, request, place, files, env);
    if (isFarmError(child)) return neverStarted(deps, start, record, child, files);
    const started = { ...start, pid: child.pid, processStart: processStart(child.pid) };
    record.saveStart(started);
    return follow(deps, request, place, files, { start: started, record, child });
  } catch (error) {
    record?.close();
    files.remove();
    throw toDiskError(error, 'start a run');
  }
}

/** The process, or the reason why the command has none. */
async function spawnCommand(
  deps: RunDeps,
  { command }: RunRequest,
  place: RunPlace,
  files: RunFiles,
  env: Record<string, string>,
): Promise<ChildProcess | FarmError> {
  try {
    const path = env['PATH'] ?? '';
    if (statSync(place.cwd, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw couldNotStart(place.cwd, new Error('The folder to run in is not there'));
    }
    const argv = argvOf(command, { ...place, path, writeScript: files.writeScript });
    return await deps.spawn({ argv, cwd: place.cwd, env, cgroup: place.cgroup });
  } catch (error) {
    if (isFarmError(error) && error.code === 'could_not_start' && error.blame === 'change') return error;
    throw error;
  }
}

function neverStarted(
  deps: RunDeps,
  start: StartRecord,
  record: RecordFile,
  reason: FarmError,
  files: RunFiles,
): Run {
  const exit: RunExit = shortened({
    runId: start.runId,
    exitCode: null,
    signal: null,
    reason: 'could-not-start',
    message: reason.message,
    startedAt: start.startedAt,
    endedAt: deps.clock.now(),
    outputBytes: 0,
    droppedBytes: 0,
  });
  record.saveExit(exit);
  record.close();
  const spool = createSpool({
    segments: files.segments(),
    marks: createTimeMarks(start.startedAt),
    budget: deps.budget,
    limitBytes: 0,
    onDiskFailure: () => undefined,
  });
  return createEndedRun(exit, start.leaseId, spool);
}

function follow(
  deps: RunDeps,
  request: RunRequest,
  place: RunPlace,
  files: RunFiles,
  started: { readonly start: StartRecord; readonly record: RecordFile; readonly child: ChildProcess },
): Run {
  const { startedAt, processStart: startTicks } = started.start;
  const marks = createTimeMarks(startedAt);
  let run: LiveRun | undefined;
  const spool = createSpool({
    segments: files.segments(),
    marks,
    budget: deps.budget,
    limitBytes: request.limits.outputBytes,
    onDiskFailure: (error) => run?.failDisk(error),
  });
  run = createLiveRun({
    ...request,
    startedAt,
    child: started.child,
    processStart: startTicks,
    spool,
    record: started.record,
    clock: deps.clock,
    log: deps.log,
    isDiskFull: () => hasFullDisk(place.workDir),
    onOutputEnd: () => saveTimes(deps.log, started.record, marks, spool),
  });
  return run;
}

function saveTimes(log: Log, record: RecordFile, marks: TimeMarks, spool: Spool): void {
  if (spool.bytes === 0) return;
  try {
    record.saveTimes(marks.toBytes());
  } catch (error) {
    // Times are a convenience of replay; a full disk must not cost the exit.
    if (!isDiskFull(error)) log.warn('run.times-not-saved', { problem: String(error) });
  }
}

function hasFullDisk(path: string): boolean {
  try {
    const { bavail, bsize, files, ffree } = statfsSync(path);
    return bavail * bsize < fullBelowBytes || (files > 0 && ffree === 0);
  } catch {
    // Asked only to find whose fault a failure is; without an answer it stays the command's.
    return false;
  }
}
