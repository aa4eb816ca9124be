/** `croft start` with stand-ins instead of the coordinator and the agent. */

import { dirname, join } from 'node:path';
import { createSystemClock } from '../../../agent/kit/clock.ts';
import { createSystemRandomness } from '../../../agent/kit/ids.ts';
import { createStorageTools } from '../../../storage/tools.ts';
import { readEnvironment } from '../../cli/environment.ts';
import { runProgram } from '../../cli/program.ts';
import { readFileBytes } from '../../cli/read-bytes.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { createStartFarm } from '../start-farm.ts';

const clock = createSystemClock();
const randomness = createSystemRandomness();
const environment = readEnvironment(process.env, process.cwd());
const terminal: Terminal = {
  write: (text) => process.stdout.write(text),
  writeBytes: (bytes) => process.stdout.write(bytes),
  note: (line) => process.stderr.write(`${line}\n`),
  interactive: false,
  colours: false,
  width: 80,
};
const programs = {
  coordinator: [process.execPath, join(import.meta.dir, 'stand-in-coordinator.ts')],
  agent: [process.execPath, join(import.meta.dir, 'stand-in-agent.ts')],
  cwd: dirname(import.meta.dir),
};
const startFarm = createStartFarm({
  clock,
  randomness,
  terminal,
  environment,
  projectRoot: dirname(import.meta.dir),
  machineName: 'test-machine',
  programs,
});
process.exitCode = await runProgram(
  {
    terminal,
    clock,
    randomness,
    fetch: (url, init) => fetch(url, init),
    signal: new AbortController().signal,
    cwd: environment.cwd,
    environment,
    readText: async () => null,
    readBytes: readFileBytes,
    runConfigProgram: async () => null,
    version: '0',
    startFarm,
    dataTools: createStorageTools({ clock, version: '0', blobs: () => ({ kind: 'folder' }) }),
  },
  process.argv.slice(2),
);
