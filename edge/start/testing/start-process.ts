/** Runs `croft start` with stand-ins as a real process, in a git repository of its own. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../../../agent/kit/clock.ts';
import { createProcesses } from '../processes.ts';

export interface StartProcess {
  readonly pid: number;
  readonly out: () => string;
  readonly err: () => string;
  readonly exitCode: Promise<number>;
  signal(name: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): void;
}

export interface Workplace extends AsyncDisposable {
  readonly dir: string;
  readonly data: string;
  start(...args: readonly string[]): StartProcess;
  put(name: string, text: string): void;
  /** Process ids of all coordinators and agents that were ever started here, oldest first. */
  coordinators(): readonly number[];
  agents(): readonly AgentStart[];
}

export interface AgentStart {
  readonly pid: number;
  readonly token: string | null;
  readonly url: string;
  readonly hostType: string;
}

export const processes = createProcesses(createSystemClock());

export async function createWorkplace(
  options: { readonly git: boolean } = { git: true },
): Promise<Workplace> {
  const dir = mkdtempSync(join(tmpdir(), 'croft-start-'));
  const data = join(dir, '.croft');
  if (options.git) Bun.spawnSync(['git', 'init', '-q', dir]);
  const started: StartProcess[] = [];
  const lines = (name: string) => readLines(join(data, name));
  const workplace: Workplace = {
    dir,
    data,
    start(...args) {
      const process = startProcess(dir, args);
      started.push(process);
      return process;
    },
    put(name, text) {
      Bun.spawnSync(['mkdir', '-p', join(data, 'agent')]);
      writeFileSync(join(data, name), text);
    },
    coordinators: () => lines('starts').map(Number),
    agents: () => lines('agent/starts').map((line) => JSON.parse(line) as AgentStart),
    async [Symbol.asyncDispose]() {
      for (const process of started) process.signal('SIGKILL');
      await Promise.all(started.map((process) => process.exitCode));
      const parts = [...workplace.coordinators(), ...workplace.agents().map((agent) => agent.pid)];
      for (const pid of parts) if (processes.isAlive(pid)) processes.kill(pid);
      rmSync(dir, { recursive: true, force: true });
    },
  };
  return workplace;
}

function startProcess(dir: string, args: readonly string[]): StartProcess {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'start-main.ts'), 'start', ...args], {
    cwd: dir,
    env: { PATH: process.env['PATH'] ?? '', HOME: dir },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  const out = collect(child.stdout);
  const err = collect(child.stderr);
  return {
    pid: child.pid,
    out,
    err,
    exitCode: child.exited,
    signal: (name) => child.kill(name),
  };
}

function collect(stream: ReadableStream<Uint8Array>): () => string {
  let text = '';
  const decoder = new TextDecoder();
  const reading = (async () => {
    for await (const bytes of stream) text += decoder.decode(bytes, { stream: true });
  })();
  // A stream that breaks with its process has nothing more to give.
  reading.catch(() => undefined);
  return () => text;
}

function readLines(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch {
    // Nothing was started yet.
    return [];
  }
}

/** Asks until the answer is not null, undefined or false. */
export async function until<T>(what: string, ask: () => T | null | undefined | false): Promise<T> {
  const end = performance.now() + 20_000;
  for (;;) {
    const answer = ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`Waited in vain: ${what}`);
    await Bun.sleep(20);
  }
}
