/** A git repository of one commit in which `croft` is called as people call it: through Node, with the real farm behind it. */
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createUntil } from '../until.ts';

export interface Command {
  readonly pid: number;
  readonly out: () => string;
  readonly err: () => string;
  readonly exitCode: Promise<number>;
  /** Null while it runs; -1 when a signal ended it. */
  readonly ended: () => number | null;
  /** To the whole process group, as a terminal does. */
  signalGroup(name: 'SIGINT' | 'SIGKILL'): void;
}

export interface Workplace extends AsyncDisposable {
  readonly dir: string;
  croft(...args: readonly string[]): Command;
  /** Runs to the end and gives standard output; fails when the exit code is another one. */
  answer(exitCode: number, ...args: readonly string[]): Promise<string>;
  /** `coordinator.pid`, `agent.json` or `supervisor.json` in the data folder. */
  pidOf(file: string): number;
  /** Processes that work in this folder or name it on their command line. */
  processes(): readonly number[];
}

const croftProgram = join(dirname(dirname(import.meta.dir)), 'edge', 'cli', 'croft.mjs');

/** `files` by name, all in the first commit. */
export function createWorkplace(files: Readonly<Record<string, string>>): Workplace {
  const dir = mkdtempSync(join(tmpdir(), 'croft-newcomer-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  git(dir, 'init', '-q', '-b', 'main');
  git(dir, 'add', '.');
  git(
    dir,
    '-c',
    'user.name=Ada',
    '-c',
    'user.email=ada@example.org',
    'commit',
    '-q',
    '-m',
    'Lay the first stone',
  );
  const data = join(dir, '.croft');
  const commands: Command[] = [];
  function start(...args: readonly string[]): Command {
    const command = startCommand(dir, args);
    commands.push(command);
    return command;
  }
  const workplace: Workplace = {
    dir,
    croft: start,
    async answer(exitCode, ...args) {
      const command = start(...args);
      const code = await command.exitCode;
      if (code === exitCode) return command.out();
      throw new Error(`croft ${args.join(' ')} ended with ${code}: ${command.out()}${command.err()}`);
    },
    pidOf(file) {
      const text = readFileSync(join(data, file), 'utf8');
      return file.endsWith('.json') ? (JSON.parse(text) as { pid: number }).pid : Number(text);
    },
    processes: () => processesNaming(dir),
    async [Symbol.asyncDispose]() {
      // Whoever starts others again goes first.
      for (const command of commands) if (command.ended() === null) kill(-command.pid);
      await Promise.all(commands.map((command) => command.exitCode));
      await until('all of it is gone', () => {
        const left = processesNaming(dir);
        left.forEach(kill);
        return left.length === 0;
      });
      rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  return workplace;
}

function git(dir: string, ...args: readonly string[]): void {
  const done = Bun.spawnSync(['git', ...args], { cwd: dir });
  if (!done.success) throw new Error(`git ${args.join(' ')}: ${done.stderr}`);
}

function startCommand(dir: string, args: readonly string[]): Command {
  const child = Bun.spawn(['node', croftProgram, ...args], {
    cwd: dir,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? dir },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    detached: true,
  });
  return {
    pid: child.pid,
    out: collect(child.stdout),
    err: collect(child.stderr),
    exitCode: child.exited,
    ended: () => child.exitCode ?? (child.signalCode === null ? null : -1),
    signalGroup: (name) => process.kill(-child.pid, name),
  };
}

function collect(stream: ReadableStream<Uint8Array>): () => string {
  const decoder = new TextDecoder();
  let text = '';
  const reading = (async () => {
    for await (const bytes of stream) text += decoder.decode(bytes, { stream: true });
  })();
  // A pipe that breaks with its process has nothing more to give.
  reading.catch(() => undefined);
  return () => text;
}

function processesNaming(dir: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number)
    .filter((pid) => readProc(pid, 'cmdline').includes(dir) || isIn(pid, dir));
}

function isIn(pid: number, dir: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(dir);
  } catch {
    // It ended between two looks, or is another user's.
    return false;
  }
}

function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    // It ended between two looks.
    return '';
  }
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It went by itself.
  }
}

export const until = createUntil({ deadlineMs: 60_000, pollMs: 50 });
