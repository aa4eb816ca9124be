/** Options of the coordinator's program: the command line over `CROFT_*` variables over the environment's constants. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type LogLevel, logLevels } from '../../agent/kit/log.ts';
import { invalidInput } from '../../agent/wire/farm-error.ts';
import { type Environment, environmentNamed, environments } from '../../env/environments.ts';
import { readTraceOptions, type TraceOptions } from '../traces/options.ts';
import { type BlobOptions, readBlobOptions } from './blob-options.ts';
import { looksLikePath } from './repository.ts';

export interface CoordinatorOptions {
  readonly help: boolean;
  /** An absolute path or a URL to watch when there is no configuration file. */
  readonly repository: string;
  readonly configFile: string | null;
  readonly dataDir: string;
  readonly port: number;
  readonly host: string;
  readonly publicUrl: string | null;
  readonly environment: string;
  readonly blobs: BlobOptions;
  readonly logLevel: LogLevel;
  /** Null: no traces are told. */
  readonly traces: TraceOptions | null;
  readonly limits: Environment['limits'];
}

export const coordinatorHelp = `Usage: bun run coordinator -- [options]

Owns the farm: watches repositories, decides what runs where, keeps every result, and serves the pages and the API.

  --repo X        Repository to watch when there is no configuration file: a path or URL (default: this folder)
  --config FILE   farm.config.ts or farm.config.json (default: looked for in the data folder)
  --data DIR      Where everything is kept (default: the environment's; .croft in development)
  --port N        Port to listen on; 0 takes any that is free (default: the environment's; 8484)
  --host ADDRESS  Address to listen on (default: localhost in development; 0.0.0.0 for agents on other machines)
  --url URL       What other machines call this coordinator, for links and join commands
  --env NAME      development, staging or production (default: development)
  --log-level L   info, warn or error: the least that is logged (default: info). The log is on stderr: JSON lines,
                  or words when that is a terminal
  --help          This text

Each option can be given as a variable: CROFT_REPO, CROFT_CONFIG, CROFT_DATA, CROFT_PORT, CROFT_HOST, CROFT_PUBLIC_URL, CROFT_ENV,
CROFT_LOG_LEVEL.
Logs and artifacts are kept in the data folder, or in an S3 bucket when CROFT_S3_BUCKET is set (with CROFT_S3_ACCESS_KEY_ID,
CROFT_S3_SECRET_ACCESS_KEY, and CROFT_S3_ENDPOINT, CROFT_S3_REGION, CROFT_S3_PREFIX as needed).
Each build is told as a trace to OTEL_EXPORTER_OTLP_ENDPOINT when that is set; OpenTelemetry's other variables count too.

Examples
  bun run coordinator -- --repo https://git.example.org/project.git
  bun run coordinator -- --config farm.config.ts --data /var/lib/croft --host 0.0.0.0 --url https://farm.example.org

Exit codes: 0 stopped when told to; 1 failed; 2 the options, the configuration or the data folder can't be used.
`;

const optionNames = {
  repo: { type: 'string' },
  config: { type: 'string' },
  data: { type: 'string' },
  port: { type: 'string' },
  host: { type: 'string' },
  url: { type: 'string' },
  env: { type: 'string' },
  'log-level': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Rejects an unknown option, and a value that can't be meant, naming it. */
export function readCoordinatorOptions(
  args: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): CoordinatorOptions {
  const given = parse(args);
  const value = (option: Exclude<keyof typeof optionNames, 'help'>, variable: string): string | undefined =>
    given[option] ?? variables[variable];
  const config = value('config', 'CROFT_CONFIG');
  const environment = readEnvironmentName(value('env', 'CROFT_ENV'));
  if (given.help !== true) {
    checkRequired(environment, { ...variables, CROFT_PUBLIC_URL: value('url', 'CROFT_PUBLIC_URL') });
  }
  return {
    help: given.help === true,
    repository: addressOf(value('repo', 'CROFT_REPO') ?? '.'),
    configFile: config === undefined ? null : resolve(config),
    dataDir: resolve(value('data', 'CROFT_DATA') ?? environment.dataDir),
    port: portOf(value('port', 'CROFT_PORT'), environment.port),
    host: value('host', 'CROFT_HOST') ?? environment.host,
    publicUrl: urlOf(value('url', 'CROFT_PUBLIC_URL')),
    environment: environment.name,
    blobs: given.help === true ? { kind: 'folder' } : readBlobOptions(variables, environment.blobs),
    logLevel: logLevelOf(value('log-level', 'CROFT_LOG_LEVEL')) ?? environment.logLevel,
    limits: environment.limits,
    traces: given.help === true ? null : readTraceOptions(variables),
  };
}

/** The environment of that name, development without one; refuses a name that is none. */
export function readEnvironmentName(name: string | undefined): Environment {
  if (name === undefined) return environments.development;
  const environment = environmentNamed(name);
  if (environment !== null) return environment;
  throw invalidInput(
    '--env',
    `there is no environment "${name}"; there are ${Object.keys(environments).join(', ')}`,
  );
}

function checkRequired(
  environment: Environment,
  variables: Readonly<Record<string, string | undefined>>,
): void {
  for (const { name, description } of environment.required) {
    if ((variables[name] ?? '') === '') {
      throw invalidInput(name, `must be set in ${environment.name}: ${description}`);
    }
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: optionNames, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw invalidInput('options', `${message}; see --help`);
  }
}

/** A folder is meant from where the program was started, whatever git's working folder is later. */
function addressOf(repository: string): string {
  return looksLikePath(repository) ? resolve(repository) : repository;
}

function portOf(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw invalidInput('--port', `must be a number from 0 to 65535, got "${text}"`);
}

function logLevelOf(text: string | undefined): LogLevel | null {
  if (text === undefined) return null;
  const level = logLevels.find((one) => one === text);
  if (level !== undefined) return level;
  throw invalidInput('--log-level', `must be one of ${logLevels.join(', ')}, got "${text}"`);
}

function urlOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  const url = URL.parse(text);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:'))
    return text.replace(/\/+$/, '');
  throw invalidInput('--url', `must be an http or https URL, got "${text}"`);
}
