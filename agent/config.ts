/** The command line and the variables of the agent, and all that it reads of either. */
import { readFileSync } from 'node:fs';
import { availableParallelism, homedir, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { exitCodes } from './exit-codes.ts';
import { type LogLevel, logLevels } from './kit/log.ts';
import { proxyFor } from './link/proxy.ts';
import { type EnvironmentBase, environmentBase } from './runs/environment.ts';
import { FarmError } from './wire/farm-error.ts';
import { limits } from './wire/limits.ts';

export interface AgentConfig {
  readonly coordinator: URL;
  readonly joinToken: string | undefined;
  readonly hostType: string | undefined;
  readonly name: string;
  readonly slots: number;
  readonly dir: string;
  /** PEM. */
  readonly ca: string | undefined;
  readonly proxy: URL | undefined;
  readonly cacheBytes: number;
  readonly spoolBytes: number;
  readonly logLevel: LogLevel;
  readonly environment: EnvironmentBase;
}

const options = {
  coordinator: { type: 'string' },
  join: { type: 'string' },
  'host-type': { type: 'string' },
  name: { type: 'string' },
  slots: { type: 'string' },
  dir: { type: 'string' },
  ca: { type: 'string' },
  path: { type: 'string' },
  'cache-bytes': { type: 'string' },
  'spool-bytes': { type: 'string' },
  'log-level': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

const gib = 1024 ** 3;

export const help = `Usage: agent --coordinator URL [--join TOKEN] [options]

Runs builds for a Croft coordinator on this machine. It dials out and listens on no port.

Options:
  --coordinator URL   http(s) address of the coordinator (or CROFT_COORDINATOR)
  --join TOKEN        one-time token, needed at the first start only; better given as CROFT_JOIN_TOKEN,
                      which other users of the machine cannot read
  --host-type NAME    what kind of machine this is, when the token does not say
  --name NAME         what people see; default: the host name
  --slots N           builds at a time; default: half the processors
  --dir DIR           the agent's folder (or CROFT_AGENT_DIR); default: ~/.croft-agent
  --path PATH         PATH of builds; default: the agent's own, without the folders of npm packages
  --ca FILE           certificates to trust for https, PEM
  --cache-bytes N     disk for archives; default: 2147483648 (2 GiB)
  --spool-bytes N     disk for output that waits for the coordinator; default: 8589934592 (8 GiB)
  --log-level LEVEL   info, warn or error (or CROFT_LOG_LEVEL); default: info. The log is on stderr: JSON lines, or
                      words when that is a terminal
  --help, --version

HTTPS_PROXY, HTTP_PROXY and NO_PROXY are honoured.

Examples:
  CROFT_JOIN_TOKEN=… agent --coordinator https://farm.example.org
  agent --coordinator http://localhost:4000 --join TOKEN --host-type linux-x64 --slots 4
  agent --coordinator https://farm.example.org --dir /var/lib/croft-agent   (later starts need no token)

Exit codes:
  ${exitCodes.stopped}  stopped on request (SIGTERM, SIGINT), nothing was running
  ${exitCodes.failed}  failed; the last line says why
  ${exitCodes.usage}  the command line is wrong
  ${exitCodes.refused}  the coordinator refuses this machine; starting again does not help
  ${exitCodes.locked}  another agent works in the folder
  ${exitCodes.stoppedRuns}  stopped on request, and runs were stopped with it
`;

/** What was asked for. Throws `invalid_input` naming the option or variable, and what to give. */
export function readCommandLine(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): { readonly is: 'help' | 'version' } | { readonly is: 'run'; readonly config: AgentConfig } {
  const values = parse(args);
  if (values.help === true) return { is: 'help' };
  if (values.version === true) return { is: 'version' };
  const coordinator = coordinatorUrl(values.coordinator ?? env['CROFT_COORDINATOR']);
  const config: AgentConfig = {
    coordinator,
    joinToken: nonEmpty(values.join ?? env['CROFT_JOIN_TOKEN'], '--join', 256),
    hostType: nonEmpty(values['host-type'], '--host-type', 128),
    name: nonEmpty(values.name, '--name', 128) ?? (hostname().slice(0, 128) || 'agent'),
    slots: count(
      values.slots,
      '--slots',
      Math.max(1, Math.floor(availableParallelism() / 2)),
      1,
      limits.slots,
    ),
    dir: resolve(values.dir ?? env['CROFT_AGENT_DIR'] ?? join(homedir(), '.croft-agent')),
    ca: certificates(values.ca),
    proxy: proxyFor(coordinator, env),
    cacheBytes: count(values['cache-bytes'], '--cache-bytes', 2 * gib, 0),
    spoolBytes: count(values['spool-bytes'], '--spool-bytes', 8 * gib, 0),
    logLevel: logLevel(values['log-level'] ?? env['CROFT_LOG_LEVEL']),
    environment: environmentBase(env, values.path),
  };
  return { is: 'run', config: Object.freeze(config) };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

function coordinatorUrl(text: string | undefined): URL {
  if (text === undefined || text === '') throw wrong('--coordinator: Give the address of the coordinator');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol)) {
    throw wrong(`--coordinator: "${text}" is no http or https address`);
  }
  return url;
}

function nonEmpty(text: string | undefined, option: string, longest: number): string | undefined {
  if (text === undefined) return undefined;
  if (text.trim() === '' || text.length > longest) throw wrong(`${option}: Give 1 to ${longest} characters`);
  return text.trim();
}

function count(
  text: string | undefined,
  option: string,
  fallback: number,
  min: number,
  max?: number,
): number {
  if (text === undefined) return fallback;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= min && value <= (max ?? Number.MAX_SAFE_INTEGER)) return value;
  throw wrong(`${option}: "${text}" is no whole number from ${min}${max === undefined ? '' : ` to ${max}`}`);
}

function logLevel(text: string | undefined): LogLevel {
  const level = logLevels.find((one) => one === (text ?? 'info'));
  if (level !== undefined) return level;
  throw wrong(`--log-level: "${text}" is none of ${logLevels.join(', ')}`);
}

function certificates(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw wrong(`--ca: Cannot read "${path}": ${error instanceof Error ? error.message : String(error)}`);
  }
}

function wrong(message: string): FarmError {
  return new FarmError('invalid_input', message, { blame: 'caller' });
}
