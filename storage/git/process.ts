/** Running the git program: arguments as a list, a whole environment, a deadline, and an end of the whole process group. */
import type { Clock, Timer } from '../../agent/kit/clock.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import { systemCode } from '../disk/errors.ts';
import type { Environment } from './environment.ts';
import { gitFailed, unavailable } from './messages.ts';

export interface GitProcessDeps {
  readonly clock: Clock;
  /** Sees the id of every process group that may outlive us, and learns of its end. */
  readonly onStarted: (pid: number, command: readonly string[]) => void;
  readonly onEnded: (pid: number) => void;
}

export interface GitCommand {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Environment;
  /** For error messages: "fetch croft from https://example.org/croft". */
  readonly doing: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly stdin?: string;
}

export interface GitProcess {
  readonly pid: number;
  readonly stdin: Bun.FileSink;
  readonly stdout: ReadableStream<Uint8Array>;
  /** The end of what it wrote there. */
  stderr(): string;
  readonly exited: Promise<number>;
  /** Ends the group: politely, so that git removes its lock files, and after a moment surely. */
  kill(): void;
}

const stderrBytes = 16 * 1024;
const politeMs = 2_000;
/** How long a stream may stay open after the exit: something that git started may hold it. */
const lingerMs = 1_000;

export function startGit(
  deps: GitProcessDeps,
  command: Pick<GitCommand, 'args' | 'cwd' | 'environment'>,
): GitProcess {
  const argv = ['git', ...command.args];
  const child = spawn(argv, command);
  deps.onStarted(child.pid, argv);
  const stderr = tailOf(child.stderr);
  let killing: Timer | null = null;
  const exited = child.exited.then((code) => {
    killing?.cancel();
    deps.onEnded(child.pid);
    return code;
  });
  return {
    pid: child.pid,
    stdin: child.stdin,
    stdout: child.stdout,
    stderr,
    exited,
    kill() {
      if (killing !== null || child.exitCode !== null) return;
      signalGroup(child.pid, 'SIGTERM');
      killing = deps.clock.after(politeMs, () => signalGroup(child.pid, 'SIGKILL'));
    },
  };
}

function spawn(argv: string[], { cwd, environment }: Pick<GitCommand, 'cwd' | 'environment'>) {
  try {
    return Bun.spawn(argv, {
      cwd,
      env: { ...environment },
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      // A group of its own, so that ssh and index-pack end with it.
      detached: true,
    });
  } catch (error) {
    const missing = systemCode(error) === 'ENOENT';
    const what = missing ? 'it is not on the PATH, install it' : String(error);
    throw new FarmError('could_not_start', `Cannot start the git program: ${what}`, {
      blame: 'farm',
      cause: error,
    });
  }
}

export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // It ended by itself meanwhile.
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}

/** Runs a command to its end and gives its output. Rejects in git's words, or with the reason of the signal. */
export async function runGit(
  deps: GitProcessDeps,
  command: GitCommand,
  maxBytes = 256 * 1024 * 1024,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of streamGit(deps, command)) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw unavailable(command.doing, `git wrote more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * The output of a command as it comes; a reader that is slow slows git down. The deadline runs only while git is waited for.
 * Ends normally only when git ended well.
 */
export async function* streamGit(deps: GitProcessDeps, command: GitCommand): AsyncGenerator<Uint8Array> {
  const { signal, doing, timeoutMs } = command;
  signal?.throwIfAborted();
  const git = startGit(deps, command);
  let stopped: { readonly reason: unknown } | null = null;
  function stop(reason: unknown): void {
    stopped ??= { reason };
    git.kill();
  }
  const onAbort = (): void => stop(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const late = (): void => stop(unavailable(doing, `git was silent for ${Math.round(timeoutMs / 1_000)} s`));
  const reader = git.stdout.getReader();
  const ended = git.exited.then(() => 'ended' as const);
  let finished = false;
  try {
    await giveInput(git, command.stdin ?? '');
    while (true) {
      const timer = deps.clock.after(timeoutMs, late);
      const step = await nextChunk(deps, ended, reader).finally(() => timer.cancel());
      if (step === null) break;
      yield step;
    }
    const code = await git.exited;
    finished = true;
    if (stopped !== null) throw (stopped as { reason: unknown }).reason;
    if (code !== 0) throw gitFailed(doing, git.stderr());
  } finally {
    signal?.removeEventListener('abort', onAbort);
    if (!finished) {
      git.kill();
      // Nobody wants the rest; unread it would keep git from ending.
      await reader.cancel();
    }
  }
}

async function giveInput(git: GitProcess, text: string): Promise<void> {
  try {
    if (text !== '') git.stdin.write(text);
    await git.stdin.end();
  } catch (error) {
    // It ended without reading; its exit code says why.
    if (systemCode(error) !== 'EPIPE') throw error;
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** Null at the end: of the stream or, when something that git started holds that open, of git and a moment. */
async function nextChunk(
  deps: GitProcessDeps,
  ended: Promise<'ended'>,
  reader: Reader,
): Promise<Uint8Array | null> {
  const reading = reader.read();
  let step = await Promise.race([reading, ended]);
  if (step === 'ended') {
    let timer: Timer | null = null;
    const lingered = new Promise<'ended'>((resolve) => {
      timer = deps.clock.after(lingerMs, () => resolve('ended'));
    });
    step = await Promise.race([reading, lingered]);
    (timer as Timer | null)?.cancel();
  }
  return step === 'ended' || step.done ? null : step.value;
}

/** Reads a stream to its end and keeps the last of it. */
function tailOf(stream: ReadableStream<Uint8Array>): () => string {
  let kept = Buffer.alloc(0);
  async function collect(): Promise<void> {
    for await (const chunk of stream) {
      kept = Buffer.concat([kept, chunk]).subarray(-stderrBytes);
    }
  }
  // A stream that breaks has told what it had; the exit code tells the rest.
  collect().catch(() => {});
  return () => kept.toString('utf8');
}
