/** Programs that are run to their end: registry clients and git. */
import { spawnSync } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to what this program was started with, so that the registry clients find their settings. */
  readonly env?: Readonly<Record<string, string>>;
}

const longestMs = 10 * 60_000;
const mostOutput = 64 * 1024 * 1024;

/** Standard output, trimmed. Throws with the command line and the last words of the program when it does not end well. */
export function run(program: string, args: readonly string[], options: CommandOptions = {}): string {
  const ended = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, ...options.env },
    maxBuffer: mostOutput,
    timeout: longestMs,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  if (ended.error !== undefined) throw new Error(`${line(program, args)}: ${ended.error.message}`);
  if (ended.status === 0) return ended.stdout.trim();
  const words = `${ended.stdout}\n${ended.stderr}`.trim().split('\n').slice(-12).join('\n');
  throw new Error(`${line(program, args)} ended with ${ended.signal ?? ended.status}:\n${words}`);
}

/** The same for a command that asks a registry: the error says so first. */
export function ask(registry: string, program: string, args: readonly string[], options?: CommandOptions) {
  try {
    return run(program, args, options);
  } catch (error) {
    throw new Error(`${registry} did not give what was asked for; is it reachable from here?`, {
      cause: error,
    });
  }
}

/** A failure with everything that led to it, for the last line of a program. */
export function explained(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}\n${explained(error.cause)}`;
}

function line(program: string, args: readonly string[]): string {
  return [program, ...args].map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`)).join(' ');
}
