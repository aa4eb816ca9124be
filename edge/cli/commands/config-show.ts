import { type Static, Type } from '@sinclair/typebox';
import {
  type ConfigRead,
  type Builder as ConfiguredBuilder,
  checkConfigText,
  defaultConfig,
  type FarmConfig,
  formatDuration,
  formatSize,
  problemText,
  readFarmConfig,
  readJson,
} from '../../../core/builders/index.ts';
import { type Environment, environmentNamed, environments } from '../../../env/environments.ts';
import { Builder, Farm, listOf, Pool, Repository } from '../../api/model.ts';
import { findConfigFiles, readConfigFile } from '../config-files.ts';
import { type CommandContext, show } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit.ts';

interface ShowOptions {
  readonly offline?: boolean;
  readonly config?: string;
  readonly env?: string;
}

const InForce = Type.Object({
  farm: Farm,
  repositories: Type.Array(Repository),
  builders: Type.Array(Builder),
  pools: Type.Array(Pool),
});

/** What the farm has in force; without a farm, what the file says. */
export async function showConfig(context: CommandContext, options: ShowOptions): Promise<ExitCode> {
  if (options.offline === true || options.config !== undefined) return await showFile(context, options);
  const client = await context.client();
  const [farm, repositories, builders, pools] = await Promise.all([
    client.get(Farm, '/api/v1/farm'),
    client.get(listOf(Repository), '/api/v1/repositories'),
    client.get(listOf(Builder), '/api/v1/builders'),
    client.get(listOf(Pool), '/api/v1/pools'),
  ]);
  const inForce = { farm, repositories: repositories.items, builders: builders.items, pools: pools.items };
  show(context, inForce, describe);
  return farm.config.broken === null ? exitCodes.ok : exitCodes.negative;
}

function describe({ farm, repositories, builders, pools }: Static<typeof InForce>): string {
  const lines = [
    `farm         ${farm.name}`,
    `environment  ${farm.environment}`,
    `file         ${farm.config.file ?? 'none, the embedded default'} (read ${farm.config.loadedAt})`,
    `reading      ${farm.anonymousReading ? 'anyone' : 'with a token only'}`,
  ];
  if (farm.logLevel !== undefined) lines.push(`log level    ${farm.logLevel}`);
  if (farm.limits !== undefined) lines.push(`limits       ${limitsText(farm.limits)}`);
  for (const problem of farm.config.broken?.problems ?? []) {
    lines.push(`BROKEN       the file changed and is not in force: ${problemText(problem)}`);
  }
  for (const repository of repositories) {
    lines.push(
      `repository   ${repository.name}  ${repository.url}  builders: ${repository.builders.join(', ')}`,
    );
  }
  for (const pool of pools) lines.push(`host type    ${pool.hostType}  expected: ${pool.expected}`);
  for (const builder of builders) lines.push(...builderLines(builder));
  return `${lines.join('\n')}\n`;
}

function limitsText({ requestBytes, eventStreams, diskFreeBytes }: Environment['limits']): string {
  const room = `${formatSize(diskFreeBytes)} free on the disk of the data folder`;
  return `requests up to ${formatSize(requestBytes)}, ${eventStreams} event streams, ${room}`;
}

function builderLines(
  builder: Pick<ConfiguredBuilder, 'name' | 'hostType' | 'steps' | 'timeoutMs' | 'silenceMs' | 'attempts'>,
): readonly string[] {
  const steps = builder.steps === null ? "the repository's own" : builder.steps.join(' ; ');
  const limits = `timeout ${formatDuration(builder.timeoutMs)}, silence ${formatDuration(builder.silenceMs)}, attempts ${builder.attempts}`;
  return [`builder      ${builder.name}  on ${builder.hostType}  (${limits})`, `  steps      ${steps}`];
}

/** The environment and what the file says, or the embedded default where there is no file. */
async function showFile(context: CommandContext, options: ShowOptions): Promise<ExitCode> {
  const found =
    options.config ?? (await findConfigFiles(context.cwd)).find((file) => !file.endsWith('croft.json'));
  const read = found === undefined ? null : await readFarmFile(context, found);
  if (read !== null && 'problems' in read) {
    for (const problem of read.problems) context.terminal.note(problemText(problem));
    return exitCodes.negative;
  }
  const environment = environmentNamed(options.env ?? 'development') ?? environments.development;
  const config = read?.config ?? defaultConfig({ repository: context.cwd });
  show(context, { environment, file: found ?? null, config: withoutSecrets(config) }, describeFile);
  return exitCodes.ok;
}

async function readFarmFile(context: CommandContext, file: string): Promise<ConfigRead<FarmConfig>> {
  const { text, value } = await readConfigFile(context, file, 'farm');
  const problems = text === null ? [] : checkConfigText('farm', text);
  if (problems.length > 0) return { problems };
  const read = text === null ? { value } : readJson(text);
  return readFarmConfig('value' in read ? read.value : null);
}

/** Addresses may carry a password; values of variables may be one, and secrets are. */
function withoutSecrets(config: FarmConfig): FarmConfig {
  return {
    ...config,
    repositories: config.repositories.map((repository) => ({
      ...repository,
      url: repository.url.replace(/(\w:\/\/)[^/@\s]*@/, '$1'),
    })),
    builders: config.builders.map((builder) => ({
      ...builder,
      env: namesOnly(builder.env),
      secrets: namesOnly(builder.secrets),
    })),
  };
}

function namesOnly(variables: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(variables).map((name) => [name, '(not shown)']));
}

interface FileShown {
  readonly environment: Environment;
  readonly file: string | null;
  readonly config: FarmConfig;
}

function describeFile({ environment, file, config }: FileShown): string {
  const blobs = environment.blobs.kind === 's3' ? `bucket ${environment.blobs.bucket}` : 'data folder';
  const lines = [
    `environment  ${environment.name}: ${environment.description}`,
    `  data       ${environment.dataDir}`,
    `  listens    ${environment.host}:${environment.port}`,
    `  blobs      ${blobs}`,
    `  log level  ${environment.logLevel}`,
    `  limits     ${limitsText(environment.limits)}`,
    ...environment.required.map(({ name, description }) => `  needs      ${name}: ${description}`),
    `farm         ${config.name}`,
    `file         ${file ?? 'none, the embedded default'}`,
  ];
  for (const repository of config.repositories) {
    const builders = repository.builders.join(', ');
    lines.push(`repository   ${repository.name}  ${repository.url}  builders: ${builders}`);
  }
  for (const { name, expected } of config.hostTypes) {
    lines.push(`host type    ${name}  expected: ${expected}`);
  }
  for (const builder of config.builders) lines.push(...builderLines(builder));
  return `${lines.join('\n')}\n`;
}
