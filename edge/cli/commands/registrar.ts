import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import type { ExitCode } from '../exit.ts';

/** What a command does: its context, its arguments in order and its options in, an exit code out. */
export type Handler<Args extends readonly unknown[]> = (
  context: CommandContext,
  ...args: Args
) => Promise<ExitCode>;

/** Given to each file of commands, which adds its own to the program. */
export interface Registrar {
  readonly program: Command;
  /** Binds a handler to a command; commander gives the arguments, then the options, then the command itself. */
  bind<Args extends readonly unknown[]>(command: Command, handler: Handler<Args>): Command;
}

/** The help text that shows how a command is used; each line is one that can be copied. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
