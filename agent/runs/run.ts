/** One run: a process group, its spool, its limits, and how it ended. The exit is on disk before anybody hears of it. */
import type { Clock, Timer } from '../kit/clock.ts';
import { createDeferred } from '../kit/deferred.ts';
import type { Log } from '../kit/log.ts';
import type { ChildProcess, ProcessExit } from '../platform/process.ts';
import { isAlive, type SignalName, signalGroup } from '../platform/signals.ts';
import type { RunExit, RunReport } from '../wire/protocol.ts';
import { pumpOutput } from './output-pump.ts';
import { type RecordFile, shortened } from './record.ts';
import { type RunLimits, watchLimits } from './run-limits.ts';
import type { Spool } from './spool.ts';

export interface Run {
  readonly runId: string;
  readonly leaseId: string;
  readonly spool: Spool;
  /** Leader of its group and session; undefined when an earlier agent started it, or nobody. */
  readonly leader: { readonly pid: number; readonly start: string | null } | undefined;
  readonly exit: RunExit | null;
  /** The exit, once it is on disk and all output is readable. */
  readonly ended: Promise<RunExit>;
  report(): RunReport;
  /** To the whole group, as long as its leader lives; true when somebody got it. `stop` is SIGTERM, and SIGKILL after the grace. */
  signal(signal: SignalName | 'stop'): boolean;
  /** The agent goes down: stopped, and its exit says nothing about its command. */
  abandon(): void;
  /** Nobody will ask for its output any more. */
  release(): void;
}

type StopReason = 'time-limit' | 'silence-limit' | 'disk-full' | 'lost';

export interface LiveRunDeps {
  readonly runId: string;
  readonly leaseId: string;
  readonly startedAt: number;
  readonly child: ChildProcess;
  readonly processStart: string | null;
  readonly spool: Spool;
  readonly record: RecordFile;
  readonly limits: RunLimits & { readonly graceMs: number };
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the disk that the run works on is full. */
  readonly isDiskFull: () => boolean;
  /** Called once all output is there, before the exit is saved. */
  readonly onOutputEnd: () => void;
}

/** A killed process that is still there after this long hangs in the kernel. */
const killPatienceMs = 15_000;

export interface LiveRun extends Run {
  /** The disk takes no more of its output: it is stopped, and the machine is at fault. */
  failDisk(error: unknown): void;
}

export function createLiveRun(deps: LiveRunDeps): LiveRun {
  const { clock, child, spool, limits } = deps;
  const ended = createDeferred<RunExit>();
  const gone = createDeferred<ProcessExit>();
  const pump = pumpOutput({ output: child.output, spool, clock });
  let exit: RunExit | null = null;
  let stopReason: StopReason | undefined;
  let message: string | undefined;
  let isStopping = false;
  let leaderIsGone = false;
  let killTimer: Timer | undefined;
  const stopWatching = watchLimits({
    clock,
    limits,
    lastOutputAt: pump.lastOutputAt,
    onLimit(reason) {
      const ms = reason === 'time-limit' ? limits.timeMs : limits.silenceMs;
      const what = reason === 'time-limit' ? 'The command ran' : 'The command wrote nothing for';
      stop(reason, `${what} longer than its limit of ${ms} ms`);
    },
  });

  function signalAll(signal: SignalName): boolean {
    // The group may outlive its leader; a live process with the leader's id then is a stranger who got it anew.
    if (leaderIsGone && isAlive(child.pid)) return false;
    return signalGroup(child.pid, signal);
  }

  function stop(reason?: StopReason, why?: string): boolean {
    if (leaderIsGone) return false;
    if (!isStopping) {
      isStopping = true;
      stopReason = reason;
      message = why;
      killTimer = clock.after(limits.graceMs, kill);
    }
    return signalAll('SIGTERM');
  }

  function kill(): boolean {
    isStopping = true;
    killTimer?.cancel();
    if (!leaderIsGone) killTimer = clock.after(killPatienceMs, onUnkillable);
    return signalAll('SIGKILL');
  }

  function onUnkillable(): void {
    message = `Process ${child.pid} was killed and is still there`;
    deps.log.error('run.unkillable', { run: deps.runId, pid: child.pid });
    gone.resolve({ exitCode: null, signal: null });
  }

  function reasonOf({ exitCode, signal }: ProcessExit): RunExit['reason'] {
    if (stopReason !== undefined) return stopReason;
    if (exitCode !== 0 && deps.isDiskFull()) {
      message ??= 'The disk of the machine is full';
      return 'disk-full';
    }
    return signal === null ? 'exited' : 'signalled';
  }

  async function watch(): Promise<void> {
    void child.exited.then(gone.resolve);
    const status = await gone.promise;
    const endedAt = clock.now();
    leaderIsGone = true;
    stopWatching();
    killTimer?.cancel();
    // Whoever is asked to stop is asked to stop whole.
    if (isStopping) signalAll('SIGKILL');
    if ((await pump.drain()) === 'held') {
      message ??=
        'Something that the command left behind held its output open; what that wrote later is not kept';
    }
    const droppedBytes = await spool.finish();
    deps.onOutputEnd();
    const result = shortened({
      runId: deps.runId,
      ...status,
      reason: reasonOf(status),
      ...(message === undefined ? {} : { message }),
      startedAt: deps.startedAt,
      endedAt,
      outputBytes: spool.bytes,
      droppedBytes,
    });
    saveExit(result);
    exit = result;
    ended.resolve(result);
  }

  function saveExit(result: RunExit): void {
    try {
      deps.record.saveExit(result);
      deps.record.close();
    } catch (error) {
      // Its space was taken when the run started; without it the exit is still told, and only a crash now would lose it.
      deps.log.error('run.exit-not-saved', { run: deps.runId, problem: String(error) });
    }
  }

  void watch();
  return {
    runId: deps.runId,
    leaseId: deps.leaseId,
    spool,
    leader: { pid: child.pid, start: deps.processStart },
    get exit() {
      return exit;
    },
    ended: ended.promise,
    report: () => ({ runId: deps.runId, leaseId: deps.leaseId, outputBytes: spool.bytes, exit }),
    signal(signal) {
      if (signal === 'stop') return stop();
      if (leaderIsGone) return false;
      return signal === 'SIGKILL' ? kill() : signalAll(signal);
    },
    abandon: () => {
      stop('lost', 'The agent of the machine was stopped while the run was under way');
    },
    release: pump.close,
    failDisk: (error) => {
      stop('disk-full', `The disk of the machine takes no more output: ${String(error)}`);
    },
  };
}
