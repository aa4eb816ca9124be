/**
 * How a command becomes a process. A shell stands at its start in every case: it joins standard output to standard error, so that
 * both are one pipe and keep their true order. For a program with arguments it then becomes that program.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { couldNotStart } from '../platform/could-not-start.ts';
import { invalidInput } from '../wire/farm-error.ts';
import type { Params } from '../wire/protocol.ts';

export type Command = Params<'run.start'>['command'];

/** Linux takes no single argument of 128 KiB or more; longer scripts go through a file. */
const longestArgumentBytes = 100 * 1024;

export interface CommandContext {
  readonly cwd: string;
  readonly path: string;
  /** Keeps a script that is too long for an argument; gives its path. */
  writeScript(text: string): string;
}

/** Throws `invalid_input` for NUL, and `could_not_start` for a program that is not there. */
export function argvOf(command: Command, context: CommandContext): readonly string[] {
  const words = 'shell' in command ? [command.shell] : command.argv;
  if (words.some((word) => word.includes('\0'))) throw invalidInput('command', 'Contains NUL');
  if ('shell' in command) return shellArgv(command.shell, context);
  const [program = '', ...args] = command.argv;
  const found = findProgram(program, context);
  if (process.platform === 'win32') return [found, ...args];
  return ['/bin/sh', '-c', 'exec "$@" >&2', 'sh', found, ...args];
}

function shellArgv(script: string, context: CommandContext): readonly string[] {
  if (process.platform === 'win32') return ['cmd', '/d', '/s', '/c', script];
  // On the script's own first line, so that the line numbers of its errors are right.
  const text = `exec >&2;${script}`;
  if (Buffer.byteLength(text) < longestArgumentBytes) return ['/bin/sh', '-e', '-c', text];
  return ['/bin/sh', '-e', context.writeScript(text)];
}

/** As `execvp` would find it, but beforehand: a missing program is told as such and not as exit status 127. */
function findProgram(program: string, { cwd, path }: CommandContext): string {
  const hasFolder = program.includes('/') || (process.platform === 'win32' && program.includes('\\'));
  const places = hasFolder ? [resolve(cwd, program)] : path.split(delimiter).map((at) => join(at, program));
  for (const place of places) {
    if (isAbsolute(place) && isExecutable(place)) return place;
  }
  const where = hasFolder ? '' : `; it is in no folder of PATH (${path})`;
  throw couldNotStart(program, `No such program${where}`);
}

function isExecutable(path: string): boolean {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (entry?.isFile() !== true) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not ours to execute: as good as not there.
    return false;
  }
}
