/** The agent program: command line, signals, exit codes. `--help` says what there is to say. */

import packageJson from '../package.json' with { type: 'json' };
import { type Agent, createAgent } from './agent.ts';
import { type AgentConfig, help, readCommandLine } from './config.ts';
import { exitCodes } from './exit-codes.ts';
import { openAgentFolder } from './folder.ts';
import { createSystemClock } from './kit/clock.ts';
import { createSystemRandomness } from './kit/ids.ts';
import { createLog, type Log } from './kit/log.ts';
import { openIdentity } from './link/identity.ts';
import { takeLock } from './lock.ts';
import { currentRuntime } from './platform/runtime.ts';

import { type FarmError, isFarmError } from './wire/farm-error.ts';

async function main(): Promise<number> {
  const asked = readCommandLine(process.argv.slice(2), process.env);
  if (asked.is === 'help') process.stdout.write(help);
  if (asked.is === 'version') process.stdout.write(`${packageJson.version}\n`);
  return asked.is === 'run' ? await serve(asked.config) : exitCodes.stopped;
}

async function serve(config: AgentConfig): Promise<number> {
  // What runs see must not depend on who started the agent.
  process.umask(0o022);
  const clock = createSystemClock();
  const randomness = createSystemRandomness();
  const log = createLog(
    { now: clock.now, write: (line) => process.stderr.write(`${line}\n`) },
    { level: config.logLevel, format: process.stderr.isTTY ? 'text' : 'json' },
  );
  const folder = openAgentFolder(config.dir);
  const lock = takeLock(folder.lock, randomness);
  try {
    const identity = openIdentity(folder.identity);
    if (identity.machineId() === undefined && config.joinToken === undefined) {
      return fail(
        'This machine has not joined a farm yet: give --join TOKEN or CROFT_JOIN_TOKEN',
        exitCodes.usage,
      );
    }
    const agent = await createAgent({
      config,
      folder,
      identity,
      clock,
      randomness,
      log,
      runtime: currentRuntime(),
      version: packageJson.version,
      onConnected({ machineId }) {
        process.stdout.write(
          `agent ${config.name} connected to ${config.coordinator.href} as ${machineId}\n`,
        );
      },
    });
    return await untilStopped(agent, log);
  } finally {
    lock.release();
  }
}

async function untilStopped(agent: Agent, log: Log): Promise<number> {
  let stopped: Promise<number> | undefined;
  function onSignal(signal: string): void {
    log.info('agent.signal', { signal });
    // A second signal is from somebody who does not want to wait.
    if (stopped !== undefined) agent.hurry();
    stopped ??= agent.stop();
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal);
  const refusal = await agent.run();
  if (refusal !== undefined) {
    await agent.stop();
    return fail(`The coordinator refuses this machine: ${refusal.message}`, exitCodes.refused);
  }
  return (await stopped) === 0 ? exitCodes.stopped : exitCodes.stoppedRuns;
}

function fail(message: string, code: number): number {
  process.stderr.write(`agent: ${message}\n`);
  return code;
}

function codeOf(error: FarmError): number {
  if (error.code === 'invalid_input') return exitCodes.usage;
  return error.code === 'conflict' ? exitCodes.locked : exitCodes.failed;
}

try {
  process.exitCode = await main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.exitCode = fail(message, isFarmError(error) ? codeOf(error) : exitCodes.failed);
}
process.exit();
