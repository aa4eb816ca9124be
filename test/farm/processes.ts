/** Real processes of a farm under test: started, watched for a line, killed with everything below them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createUntil } from '../until.ts';

export const root = join(import.meta.dir, '..', '..');
const bun = process.execPath;

export interface Program {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  readonly exited: Promise<number | null>;
  running(): boolean;
  /** Resolves with the first match of the pattern in what the program has printed or prints. */
  printed(pattern: RegExp, deadlineMs?: number): Promise<RegExpMatchArray>;
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL, and waits until the process is gone. */
  kill(): Promise<void>;
}

export interface ProgramOptions {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** A command that starts it, `ip netns exec …` say. */
  readonly within?: readonly string[];
}

/** Starts `bun SCRIPT ARGS`, its output appended to a file so that it survives everybody. */
export function startProgram(options: ProgramOptions): Program {
  const out = openSync(options.logFile, 'a');
  const before = readFileSync(options.logFile, 'utf8').length;
  const [program = bun, ...args] = [
    ...(options.within ?? []),
    bun,
    join(root, options.script),
    ...options.args,
  ];
  const child: ChildProcess = spawn(program, args, {
    stdio: ['ignore', out, out],
    env: { ...process.env, ...options.env },
    cwd: root,
  });
  closeSync(out);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${options.name} could not be started`);
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const running = () => child.exitCode === null && child.signalCode === null;
  return {
    name: options.name,
    pid,
    logFile: options.logFile,
    exited,
    running,
    async printed(pattern, deadlineMs = 30_000) {
      const printedSoFar = () => readFileSync(options.logFile, 'utf8').slice(before);
      return await until(
        `${options.name} prints ${pattern}`,
        () => {
          const text = printedSoFar();
          const match = text.match(pattern);
          if (match === null && !running())
            throw new Error(`${options.name} ended before it printed ${pattern}:\n${text.slice(-3000)}`);
          return match;
        },
        deadlineMs,
      ).catch((error: unknown) => {
        throw new Error(`${error}; it printed:\n${printedSoFar().slice(-3000)}`);
      });
    },
    signal: (signal) => {
      if (running()) process.kill(pid, signal);
    },
    async kill() {
      if (running()) process.kill(pid, 'SIGKILL');
      await exited;
    },
  };
}

export const until = createUntil({ deadlineMs: 30_000, pollMs: 25 });

/** Is this process there (zombies are not)? */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}
