/** Runs ours and upstream's on the same files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { createSystemRandomness } from '../../agent/kit/ids.ts';
import { addBenchfilter } from '../../edge/cli/commands/benchfilter.ts';
import { addBenchstat } from '../../edge/cli/commands/benchstat.ts';
import type { Registrar } from '../../edge/cli/commands/registrar.ts';
import { type CliDeps, type CommandContext, createContext } from '../../edge/cli/context.ts';
import { readFileBytes } from '../../edge/cli/read-bytes.ts';

export interface ToolRun {
  readonly code: number;
  readonly out: string;
  readonly notes: string;
}

/** A folder that is the working folder of upstream's tool and of ours. */
export async function withFiles<T>(
  files: readonly string[],
  use: (folder: string, names: readonly string[]) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'croft-bench-'));
  try {
    const names = files.map((text, place) => {
      const name = `f${place}.txt`;
      writeFileSync(join(folder, name), text);
      return name;
    });
    return await use(folder, names);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function runUpstream(
  program: string,
  args: readonly string[],
  folder: string,
): Promise<ToolRun> {
  const run = Bun.spawn([program, ...args], {
    cwd: folder,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: 60_000,
  });
  const [out, notes] = await Promise.all([
    new Response(run.stdout).bytes(),
    new Response(run.stderr).bytes(),
  ]);
  return { code: await run.exited, out: latin1(out), notes: latin1(notes) };
}

/** In this process: a start of Bun for each of a thousand cases would be most of the time. */
export async function runOurs(command: string, args: readonly string[], folder: string): Promise<ToolRun> {
  let out = '';
  let notes = '';
  const deps: CliDeps = {
    terminal: {
      write: (text) => {
        out += latin1(new TextEncoder().encode(text));
      },
      writeBytes: (bytes) => {
        out += latin1(bytes);
      },
      note: (line) => {
        notes += `${latin1(new TextEncoder().encode(line))}\n`;
      },
      interactive: false,
      colours: false,
      width: 80,
    },
    clock: createSystemClock(),
    randomness: createSystemRandomness(),
    fetch: () => Promise.reject(new Error('No farm is asked')),
    signal: new AbortController().signal,
    cwd: folder,
    environment: { url: undefined, token: undefined },
    readText: async () => null,
    readBytes: (path) => readFileBytes(path === '-' ? path : join(folder, path)),
    runConfigProgram: () => Promise.reject(new Error('No configuration is read')),
  };
  const code = await runCommand(createContext(deps, {}), [command, ...args]);
  return { code, out, notes };
}

/** The commands alone, without the rest of the program and what it needs. */
async function runCommand(context: CommandContext, args: readonly string[]): Promise<number> {
  const program = new Command().exitOverride();
  let code = -1;
  const registrar: Registrar = {
    program,
    bind(command, handler) {
      command.action(async (...given: unknown[]) => {
        // Commander gives the arguments, the options and the command.
        code = await handler(context, ...(given.slice(0, -1) as never));
      });
      return command;
    },
  };
  addBenchstat(registrar);
  addBenchfilter(registrar);
  await program.parseAsync([...args], { from: 'user' });
  return code;
}

/** Compared as bytes, shown as text. */
function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
