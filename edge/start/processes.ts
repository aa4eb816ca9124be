/** Processes as the supervisor needs them: started so that they outlive it, found again by number, stopped with a bound. */
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../../agent/kit/clock.ts';
import { toFarmError } from '../../agent/wire/farm-error.ts';

export interface ProcessRequest {
  readonly argv: readonly string[];
  /** Must exist. */
  readonly cwd: string;
  /** All of the environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Standard output and standard error are appended to this file. */
  readonly logFile: string;
}

/** A process that runs, whoever started it. */
export interface RunningProcess {
  readonly pid: number;
  /** Settles when it is gone, with how it ended: `exit code 1`, `signal SIGKILL`, `it is gone`. Never rejects. */
  readonly exited: Promise<ProcessEnd>;
}

export interface ProcessEnd {
  /** Null when a signal ended it, or when it was not our child and nobody knows. */
  readonly exitCode: number | null;
  readonly text: string;
}

export interface Processes {
  /** In a session of its own, so that neither Ctrl-C nor our own death reaches it. */
  start(request: ProcessRequest): RunningProcess;
  /** Watches a process that somebody else started. */
  attach(pid: number): RunningProcess;
  isAlive(pid: number): boolean;
  /** Its command line; null when there is no such process or the system does not tell. */
  commandOf(pid: number): readonly string[] | null;
  signal(pid: number, signal: 'SIGTERM' | 'SIGKILL' | 'SIGUSR2'): void;
  /** SIGTERM, and after `graceMs` SIGKILL for its whole group. Resolves when it is gone. */
  stop(running: RunningProcess, graceMs: number): Promise<'stopped' | 'killed'>;
  /** SIGKILL for its whole group. */
  kill(pid: number): void;
}

const lookEveryMs = 250;

export function createProcesses(clock: Clock): Processes {
  const processes: Processes = {
    start(request) {
      const child = spawnDetached(request);
      child.unref();
      const exited = child.exited.then(() => endOf(child.exitCode, child.signalCode));
      return { pid: child.pid, exited };
    },
    attach: (pid) => ({ pid, exited: untilGone(pid) }),
    isAlive,
    commandOf,
    signal: sendSignal,
    kill: killGroup,
    async stop(running, graceMs) {
      sendSignal(running.pid, 'SIGTERM');
      const timeout = new AbortController();
      const killed = clock.sleep(graceMs, timeout.signal).then(
        () => true,
        () => false,
      );
      const first = await Promise.race([running.exited.then(() => 'exited' as const), killed]);
      timeout.abort();
      if (first === 'exited') return 'stopped';
      killGroup(running.pid);
      await running.exited;
      return 'killed';
    },
  };
  return processes;

  async function untilGone(pid: number): Promise<ProcessEnd> {
    while (isAlive(pid)) await clock.sleep(lookEveryMs);
    return { exitCode: null, text: 'it is gone' };
  }
}

function spawnDetached({ argv, cwd, env, logFile }: ProcessRequest) {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a', 0o600);
  try {
    return Bun.spawn({
      cmd: [...argv],
      cwd,
      env: { ...env },
      stdin: 'ignore',
      stdout: log,
      stderr: log,
      detached: true,
    });
  } catch (error) {
    throw toFarmError(error, { code: 'could_not_start', blame: 'machine' });
  } finally {
    closeSync(log);
  }
}

function endOf(exitCode: number | null, signal: string | number | null): ProcessEnd {
  return { exitCode, text: signal === null ? `exit code ${exitCode}` : `signal ${signal}` };
}

/** A process that ended and that nobody has waited for (a zombie) is gone: in containers it may stay for ever. */
function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 1) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // A process of another user is alive all the same.
    if (codeOf(error) !== 'EPERM') return false;
  }
  const stat = readProc(pid, 'stat');
  return stat === null || !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
}

function commandOf(pid: number): readonly string[] | null {
  const text = readProc(pid, 'cmdline');
  if (text !== null) return text.split('\0').filter((part) => part !== '');
  if (process.platform === 'linux' || process.platform === 'win32') return null;
  const ps = Bun.spawnSync(['ps', '-o', 'args=', '-p', String(pid)], { env: { PATH: '/usr/bin:/bin' } });
  const line = ps.stdout.toString().trim();
  return line === '' ? null : line.split(' ');
}

function readProc(pid: number, name: string): string | null {
  if (process.platform !== 'linux') return null;
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    // Gone between two looks, or not ours to see.
    return null;
  }
}

function sendSignal(pid: number, signal: 'SIGTERM' | 'SIGKILL' | 'SIGUSR2'): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It went by itself.
    if (codeOf(error) !== 'ESRCH') throw toFarmError(error, { blame: 'machine' });
  }
}

/** The leader's whole group where there are groups; a part that was started by hand may lead none. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // No such group: the process alone then.
  }
  sendSignal(pid, 'SIGKILL');
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}
