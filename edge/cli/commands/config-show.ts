import { type Static, Type } from '@sinclair/typebox';
import {
  type Builder as ConfiguredBuilder,
  checkConfigText,
  type FarmConfig,
  formatDuration,
  problemText,
  readFarmConfig,
} from '../../../core/builders/index.ts';
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

function builderLines(
  builder: Pick<ConfiguredBuilder, 'name' | 'hostType' | 'steps' | 'timeoutMs' | 'silenceMs' | 'attempts'>,
): readonly string[] {
  const steps = builder.steps === null ? "the repository's own" : builder.steps.join(' ; ');
  const limits = `timeout ${formatDuration(builder.timeoutMs)}, silence ${formatDuration(builder.silenceMs)}, attempts ${builder.attempts}`;
  return [`builder      ${builder.name}  on ${builder.hostType}  (${limits})`, `  steps      ${steps}`];
}

async function showFile(context: CommandContext, options: ShowOptions): Promise<ExitCode> {
  const found =
    options.config ?? (await findConfigFiles(context.cwd)).find((file) => !file.endsWith('croft.json'));
  if (found === undefined) {
    context.terminal.note('croft: no farm.config.ts or .json here, so the embedded default is in force');
    return exitCodes.notFound;
  }
  const read = await readConfigFile(context.cwd, found, 'farm');
  const problems = read.text === null ? [] : checkConfigText('farm', read.text);
  const config =
    problems.length > 0 ? { problems } : readFarmConfig(read.value ?? JSON.parse(read.text ?? ''));
  if ('problems' in config) {
    for (const problem of config.problems) context.terminal.note(problemText(problem));
    return exitCodes.negative;
  }
  show(context, withoutSecrets(config.config), describeFile);
  return exitCodes.ok;
}

/** Addresses may carry a password; values of variables may be one. */
function withoutSecrets(config: FarmConfig): FarmConfig {
  return {
    ...config,
    repositories: config.repositories.map((repository) => ({
      ...repository,
      url: repository.url.replace(/(\w:\/\/)[^/@\s]*@/, '$1'),
    })),
    builders: config.builders.map((builder) => ({
      ...builder,
      env: Object.fromEntries(Object.keys(builder.env).map((name) => [name, '(not shown)'])),
    })),
  };
}

function describeFile(config: FarmConfig): string {
  const lines = [`farm         ${config.name}`];
  for (const repository of config.repositories) {
    lines.push(
      `repository   ${repository.name}  ${repository.url}  builders: ${repository.builders.join(', ')}`,
    );
  }
  for (const hostType of config.hostTypes)
    lines.push(`host type    ${hostType.name}  expected: ${hostType.expected}`);
  for (const builder of config.builders) lines.push(...builderLines(builder));
  return `${lines.join('\n')}\n`;
}
