#!/usr/bin/env node
/**
 * The `croft` command as Node sees it: installs what is missing, then hands over to `main.ts` on the project's own Bun with the
 * same arguments, folder, terminal, signals and exit code. Plain Node 20 without dependencies.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ensureInstalled, InstallError, projectRoot } from './install.mjs';

const major = Number(process.versions.node.split('.')[0]);
if (major < 20) {
  process.stderr.write(`croft: needs Node 20 or newer, this is ${process.versions.node}\n`);
  process.exit(2);
}

const args = process.argv.slice(2);
const say = (line) => process.stderr.write(`croft: ${line}\n`);

try {
  const bun = await ensureInstalled(projectRoot, { dev: false, mendStale: args[0] === 'start', say });
  handOver(bun);
} catch (error) {
  if (!(error instanceof InstallError)) throw error;
  say(error.message);
  process.exit(1);
}

function handOver(bun) {
  // The folder that croft is called in belongs to somebody else: its .env and bunfig.toml must not reach our process.
  const flags = ['--no-env-file', `--config=${join(projectRoot, 'bunfig.toml')}`, '--no-install'];
  const child = spawn(bun, [...flags, join(projectRoot, 'edge', 'cli', 'main.ts'), ...args], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => {
    say(`Bun could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + constants.signals[signal]);
  });
}
