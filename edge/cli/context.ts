import type { Clock } from '../../agent/kit/clock.ts';
import type { Randomness } from '../../agent/kit/ids.ts';
import { type ClientDeps, createFarmClient, type FarmClient } from './client.ts';
import { findTarget } from './target.ts';
import { type Terminal, writeLine } from './terminal.ts';

/** The outside world of the command line; `main.ts` makes the real one. */
export interface CliDeps {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly fetch: ClientDeps['fetch'];
  /** Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  readonly cwd: string;
  readonly environment: { readonly url: string | undefined; readonly token: string | undefined };
  /** The text of a file; null when it is not there or may not be read. */
  readonly readText: (path: string) => Promise<string | null>;
  /** A file in pieces, which may be reused for the next one; `-` is standard input. Throws a FarmError that names the file. */
  readonly readBytes: (path: string) => AsyncIterable<Uint8Array>;
  /** Runs a `farm.config.ts` and gives what it exports. */
  readonly runConfigProgram: (path: string) => Promise<unknown>;
}

/** Options that every command takes. */
export interface GlobalOptions {
  readonly url?: string;
  readonly token?: string;
  readonly data?: string;
  readonly json?: boolean;
}

/** What one command works with. */
export interface CommandContext extends CliDeps {
  readonly json: boolean;
  readonly global: GlobalOptions;
  /** The client of the farm that the options, the environment and the folder name; made when first asked for. */
  client(): Promise<FarmClient>;
}

export function createContext(deps: CliDeps, global: GlobalOptions): CommandContext {
  let client: Promise<FarmClient> | null = null;
  return {
    ...deps,
    global,
    json: global.json === true,
    client() {
      client ??= findTarget(global, deps).then((target) => createFarmClient(deps, target));
      return client;
    },
  };
}

/** One document: as JSON when asked for, else as the text that `render` gives. */
export function show<T>(context: CommandContext, value: T, render: (value: T) => string): void {
  if (context.json) writeLine(context.terminal, JSON.stringify(value, null, 2));
  else context.terminal.write(render(value));
}

/** A list: one JSON value a line when asked for, else the text that `render` gives. */
export function showList<T>(
  context: CommandContext,
  items: readonly T[],
  render: (items: readonly T[]) => string,
): void {
  if (!context.json) context.terminal.write(render(items));
  else for (const item of items) writeLine(context.terminal, JSON.stringify(item));
}

/** All items of a `{ items }` answer, or of the pages of one. */
export async function collect<T>(pages: AsyncIterable<T>): Promise<readonly T[]> {
  const items: T[] = [];
  for await (const item of pages) items.push(item);
  return items;
}
