/** A program of a peer as a process of ours, its output in a file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { until } from '../farm/processes.ts';

export interface PeerProcess {
  readonly pid: number;
  readonly running: () => boolean;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export interface PeerProgram {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly logFile: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Resolves when `ready` says so. Rejects with the last output when the program ends before. */
export async function startPeer(of: PeerProgram, ready: () => Promise<boolean>): Promise<PeerProcess> {
  const out = openSync(of.logFile, 'a');
  const env = { ...process.env, ...of.env };
  const child = spawn(of.program, of.args, { cwd: of.cwd, env, stdio: ['ignore', out, out] });
  closeSync(out);
  const exited = exitOf(child);
  const running = () => child.exitCode === null && child.signalCode === null;
  const started = {
    pid: child.pid ?? 0,
    running,
    async kill(signal: NodeJS.Signals = 'SIGKILL') {
      child.kill(signal);
      await Promise.race([exited, Bun.sleep(10_000)]);
      if (running()) child.kill('SIGKILL');
      await exited;
    },
  };
  try {
    await until(`${of.program} is ready`, async () => {
      if (running()) return await ready();
      throw new Error(`${of.program} ended:\n${readFileSync(of.logFile, 'utf8').slice(-2000)}`);
    });
    return started;
  } catch (error) {
    await started.kill();
    throw error;
  }
}

function exitOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('exit', () => resolve());
    child.once('error', reject);
  });
}
