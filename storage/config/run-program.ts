/**
 * Runs a bundled configuration in a process of its own and brings its content back as JSON. In the coordinator's process an endless loop
 * in it would stop the farm, and `process.exit` would end it.
 */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../agent/kit/clock.ts';
import { systemCode } from '../disk/errors.ts';
import { signalGroup } from '../git/process.ts';

export interface ProgramRun {
  /** The bundle; results are put beside it. */
  readonly compiled: string;
  readonly folder: string;
  readonly patienceMs: number;
  readonly clock: Clock;
  /** Of the coordinator, whose operator wrote the program. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export type ProgramEnd =
  | { readonly is: 'content'; readonly json: string }
  | { readonly is: 'nothing' }
  | { readonly is: 'thrown'; readonly message: string; readonly stack: string }
  /** It ended itself, or was killed from outside. */
  | { readonly is: 'gone' }
  | { readonly is: 'late' }
  | { readonly is: 'too-large' };

const largestResultBytes = 8 * 1024 * 1024;

/**
 * What the process runs. It starts in an empty folder, because Bun would read settings from where it starts, and goes to where the
 * coordinator is before the operator's code begins. Only JSON can come back: what is none is said, not dropped.
 */
const runner = `
import { writeFileSync } from 'node:fs';
const [, , compiled, result, cwd] = process.argv;
delete process.env.BUN_BE_BUN;
process.chdir(cwd);
function plain(key, value) {
  if (['function', 'symbol', 'bigint'].includes(typeof value))
    throw new Error('"' + key + '" is a ' + typeof value + '; a configuration holds text, numbers, lists and objects');
  return value;
}
let end;
try {
  const content = await (await import(compiled)).default;
  end = content === undefined ? { is: 'nothing' } : { is: 'content', json: JSON.stringify(content, plain) };
} catch (error) {
  const isError = error instanceof Error;
  end = { is: 'thrown', message: isError ? error.message : 'it threw ' + String(error), stack: String(isError ? error.stack : '') };
}
writeFileSync(result, JSON.stringify(end));
process.exit(0);
`;

export async function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  const { compiled, folder, patienceMs, clock, environment } = run;
  const script = join(folder, 'run.mjs');
  const result = join(folder, 'result.json');
  await writeFile(script, runner);
  const child = Bun.spawn([process.execPath, script, compiled, result, process.cwd()], {
    cwd: folder,
    // A compiled coordinator is Bun itself when it is asked to be.
    env: { ...environment, BUN_BE_BUN: '1' },
    stdin: 'ignore',
    // What it prints is for whoever reads the coordinator's log.
    stdout: 2,
    stderr: 'inherit',
    detached: true,
  });
  let isLate = false;
  const patience = clock.after(patienceMs, () => {
    isLate = true;
    signalGroup(child.pid, 'SIGKILL');
  });
  await child.exited;
  patience.cancel();
  return isLate ? { is: 'late' } : await endIn(result);
}

async function endIn(result: string): Promise<ProgramEnd> {
  try {
    if ((await stat(result)).size > largestResultBytes) return { is: 'too-large' };
    return JSON.parse(await readFile(result, 'utf8')) as ProgramEnd;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { is: 'gone' };
    throw error;
  }
}
