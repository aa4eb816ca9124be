/** Composition root of the command line. `croft.mjs` starts it with the project's own Bun. */
import { readFileSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { createSystemRandomness } from '../../agent/kit/ids.ts';
import { runCodeConfig } from '../../storage/config/code-config.ts';
import { createStorageTools } from '../../storage/tools.ts';
import { readBlobOptions } from '../start/blob-options.ts';
import { createStartFarm } from '../start/start-farm.ts';
import { directToLoopback, readEnvironment } from './environment.ts';
import { runProgram } from './program.ts';
import { readFileBytes } from './read-bytes.ts';
import { type Terminal, wantsColours } from './terminal.ts';

const projectRoot = dirname(dirname(import.meta.dir));
Object.assign(process.env, directToLoopback(process.env));
const environment = readEnvironment(process.env, process.cwd());
const clock = createSystemClock();
const randomness = createSystemRandomness();
const args = process.argv.slice(2);
const isStart = args.includes('start');

const terminal: Terminal = {
  write: (text) => writeAll(1, new TextEncoder().encode(text)),
  writeBytes: (bytes) => writeAll(1, bytes),
  note: (line) => writeAll(2, new TextEncoder().encode(`${line}\n`)),
  interactive: process.stdout.isTTY === true,
  colours: wantsColours({ ...environment, isTerminal: process.stdout.isTTY === true }),
  width: process.stdout.columns || 80,
};

const interrupted = new AbortController();
if (!isStart) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interrupted.abort());
  }
}

process.exitCode = await runProgram(
  {
    terminal,
    clock,
    randomness,
    fetch: (url, init) => fetch(url, init),
    signal: interrupted.signal,
    cwd: environment.cwd,
    environment,
    readText,
    readBytes: readFileBytes,
    runConfigProgram: (path) =>
      runCodeConfig(path, { clock, environment: process.env, onSources: () => undefined }),
    version: readVersion(),
    dataTools: createStorageTools({
      clock,
      version: readVersion(),
      blobs: () => readBlobOptions(environment.all),
    }),
    startFarm: createStartFarm({
      clock,
      randomness,
      terminal,
      environment,
      projectRoot,
      machineName: hostname(),
    }),
  },
  args,
);

/**
 * Whole and in order before anything else happens, also into a pipe that is full, so that neither an exit code nor a reader that
 * is slow cuts an answer short. A reader that is gone ends an answer (`croft builds | head`) as it ends other tools; progress and
 * a farm that is being watched go on without one.
 */
function writeAll(file: 1 | 2, bytes: Uint8Array): void {
  for (let from = 0; from < bytes.length; ) {
    try {
      from += writeSync(file, bytes, from);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      if (code === 'EAGAIN') Bun.sleepSync(5);
      else if (code !== 'EPIPE' && code !== 'EIO') throw error;
      else if (file === 2 || isStart) return;
      else process.exit(141);
    }
  }
}

async function readText(path: string): Promise<string | null> {
  try {
    return await Bun.file(path).text();
  } catch {
    // Not there, or not ours to read: the next place is looked at.
    return null;
  }
}

function readVersion(): string {
  const value: unknown = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  return typeof value === 'object' && value !== null && 'version' in value
    ? String(value.version)
    : 'unknown';
}
