/** The agent as its own process: under Bun from its sources, under Node as one bundled file. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Session } from '../../agent/wire/session.ts';
import { type Connection, joinToken, type TestCoordinator } from './coordinator.ts';

const root = join(import.meta.dir, '..', '..');

export interface AgentProgram {
  readonly name: string;
  readonly command: readonly string[];
}

/** `bun`, and `node` where there is one that is new enough. */
export function agentPrograms(): readonly AgentProgram[] {
  const fromSource = { name: 'bun', command: [process.execPath, join(root, 'agent', 'main.ts')] };
  return nodeMajor() >= 20 ? [fromSource, { name: 'node', command: ['node', bundle()] }] : [fromSource];
}

function nodeMajor(): number {
  try {
    return Number(/^v(\d+)/.exec(execFileSync('node', ['--version'], { encoding: 'utf8' }))?.[1] ?? 0);
  } catch {
    process.stderr.write('SKIPPED: the agent under Node, since there is no node here\n');
    return 0;
  }
}

function bundle(): string {
  const file = join(mkdtempSync(join(realpathSync(tmpdir()), 'croft-bundle-')), 'agent.mjs');
  const build = ['build', '--target=node', join(root, 'agent', 'main.ts'), '--outfile', file];
  execFileSync(process.execPath, build, { cwd: root, stdio: 'pipe' });
  return file;
}

export interface RunningAgent {
  readonly process: ChildProcess;
  readonly dir: string;
  stdout(): string;
  stderr(): string;
  readonly exited: Promise<number | null>;
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

export interface AgentOptions {
  readonly dir: string;
  readonly slots?: number;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const started = new Set<ChildProcess>();

export function startAgent(
  program: AgentProgram,
  coordinatorUrl: string,
  options: AgentOptions,
): RunningAgent {
  const [file = '', ...args] = program.command;
  const slots = String(options.slots ?? 2);
  const child = spawn(
    file,
    [
      ...args,
      '--coordinator',
      coordinatorUrl,
      '--dir',
      options.dir,
      '--slots',
      slots,
      ...(options.args ?? []),
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], CROFT_JOIN_TOKEN: joinToken, ...options.env },
    },
  );
  started.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString();
  });
  const exited = once(child, 'close').then(([code]) => {
    started.delete(child);
    return code as number | null;
  });
  return {
    process: child,
    dir: options.dir,
    stdout: () => stdout,
    stderr: () => stderr,
    exited,
    async kill(signal) {
      child.kill(signal);
      return await exited;
    },
  };
}

/** Ends whatever a failed test left running. */
export function killAgents(): void {
  for (const child of started) child.kill('SIGKILL');
}

export const runLimits = { timeMs: 0, silenceMs: 0, outputBytes: 10_000_000, graceMs: 2_000 };

let serial = 0;
export function freshId(prefix: string): string {
  return `${prefix}_${++serial}`;
}

/** Starts a shell script in a lease and gives its output stream. */
export async function runScript(
  session: Session,
  leaseId: string,
  shell: string,
  options: {
    runId?: string;
    limits?: Partial<typeof runLimits>;
    env?: Record<string, string>;
    cwd?: string;
  } = {},
) {
  const runId = options.runId ?? freshId('run');
  const stream = session.newStreamId();
  const source = session.receive(stream);
  const result = await session.call('run.start', {
    runId,
    leaseId,
    command: { shell },
    cwd: options.cwd ?? '',
    env: options.env ?? {},
    limits: { ...runLimits, ...options.limits },
    stream,
  });
  return { runId, source, ...result };
}

export async function attach(session: Session, runId: string, offset: number) {
  const stream = session.newStreamId();
  const source = session.receive(stream);
  const { report } = await session.call('run.attach', { runId, offset, stream });
  return { source, report };
}

/** What a stream of output carries, its times taken off. */
export async function outputOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk.subarray(8));
  return Buffer.concat(chunks);
}

export async function connected(coordinator: TestCoordinator, agent: RunningAgent): Promise<Connection> {
  return await Promise.race([
    coordinator.connection(),
    agent.exited.then((code) => {
      throw new Error(`The agent ended with ${code}: ${agent.stderr()}`);
    }),
  ]);
}

/**
 * Why a promise rejects. Not `expect(…).rejects`: that runs the event loop from within, and when it is called below a callback of the
 * test's own WebSocket server, the server reads frames while it is reading frames.
 */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    (value) => {
      throw new Error(`It did not fail but gave ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}
