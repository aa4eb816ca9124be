import {
  type Build,
  type BuildDetail,
  BuildDetail as BuildDetailSchema,
  Build as BuildSchema,
  buildStateNames,
} from '../../api/model.ts';
import { formatBytes, formatRelative, instantMs } from '../../pages/app/rules/time.ts';
import { type CommandContext, collect, show, showList } from '../context.ts';
import { oneLine } from '../escapes.ts';
import { type ExitCode, exitCodeOfBuild, exitCodes } from '../exit.ts';
import { type Column, formatTable } from '../table.ts';
import { paint, writeLine } from '../terminal.ts';
import { buildName, buildUrl, shortCommit, stateColours, stateText, tookText } from '../words.ts';
import { choice, count } from './options.ts';
import { examples, type Registrar } from './registrar.ts';
import { watchBuilds } from './watch.ts';

interface BuildsOptions {
  readonly repo?: string;
  readonly builder?: string;
  readonly commit?: string;
  readonly state?: string;
  readonly limit: number;
  readonly watch?: boolean;
}

export function addBuilds({ program, bind }: Registrar): void {
  const command = program
    .command('builds')
    .description('list the newest builds, or show one of them')
    .argument('[build]', 'the id of a build')
    .option('--repo <name>', 'builds of this repository')
    .option('--builder <name>', 'builds of this builder')
    .option('--commit <hash>', 'builds of this commit, or of those that begin so')
    .addOption(choice('--state <state>', 'builds in this state', buildStateNames))
    .option('--limit <count>', 'how many', count, 20)
    .option('-w, --watch', 'go on and print every build that starts or ends')
    .addHelpText(
      'after',
      examples(
        'croft builds --state failed',
        'croft builds --repo croft --limit 100 --json | jq -r .id',
        'croft builds bld_01kb2rm4x9c3k7q5v8n2 # steps, attempts and artifacts of one',
      ),
    );
  bind(command, async (context: CommandContext, id: string | undefined, options: BuildsOptions) => {
    if (id !== undefined) return await showBuild(context, id);
    if (options.watch === true) return await watchBuilds(context, options);
    return await listBuilds(context, options);
  });
}

async function listBuilds(context: CommandContext, options: BuildsOptions): Promise<ExitCode> {
  const client = await context.client();
  const { repo, builder, commit, state } = options;
  const query = { repo, builder, commit, state };
  const builds = await collect(client.pages(BuildSchema, '/api/v1/builds', query, options.limit));
  showList(context, builds, (items) => {
    return items.length === 0 ? 'No builds.\n' : formatTable(context.terminal, columns(context), items);
  });
  return exitCodes.ok;
}

function columns(context: CommandContext): readonly Column<Build>[] {
  const now = context.clock.now();
  return [
    { title: 'STATE', text: (build) => stateText(build.state), colour: (build) => stateColours[build.state] },
    { title: 'BUILD', text: (build) => build.id },
    { title: 'REPO', text: (build) => build.repo, shrinkTo: 8 },
    { title: 'COMMIT', text: (build) => shortCommit(build.commit) },
    { title: 'BUILDER', text: (build) => build.builder, shrinkTo: 8 },
    { title: 'TOOK', text: (build) => tookText(build.startedAt, build.endedAt, now), align: 'right' },
    {
      title: 'ASKED',
      text: (build) => formatRelative(instantMs(build.createdAt) ?? now, now),
      align: 'right',
    },
    { title: 'NOTE', text: (build) => build.message ?? '', shrinkTo: 0 },
  ];
}

async function showBuild(context: CommandContext, id: string): Promise<ExitCode> {
  const client = await context.client();
  const build = await client.get(BuildDetailSchema, `/api/v1/builds/${encodeURIComponent(id)}`);
  show(context, build, () => describeBuild(context, build, client.url));
  return exitCodeOfBuild(build.state);
}

function describeBuild(context: CommandContext, build: BuildDetail, farmUrl: string): string {
  const { terminal } = context;
  const now = context.clock.now();
  const lines = [
    `${paint(terminal, stateColours[build.state], stateText(build.state))}  ${buildName(build)}`,
    `  build     ${build.id}`,
    `  page      ${buildUrl(farmUrl, build.id)}`,
    `  commit    ${build.commit} ${oneLine(build.commitDetail?.subject ?? '')}`,
    `  took      ${tookText(build.startedAt, build.endedAt, now)}`,
  ];
  if (build.message !== null) lines.push(`  because   ${oneLine(build.message)}`);
  if (build.why !== null) lines.push(`  waits     ${oneLine(build.why.summary)}`);
  if (build.plan !== null)
    lines.push(`  recipe    ${build.plan.origin.file}: ${oneLine(build.plan.origin.why)}`);
  for (const attempt of build.attemptList) {
    const took = tookText(attempt.startedAt, attempt.endedAt, now);
    lines.push(`  attempt ${attempt.number}: ${attempt.state} on ${attempt.machine.name}, ${took}`);
    if (attempt.error !== null) lines.push(`    ${attempt.error.blame}: ${oneLine(attempt.error.message)}`);
    for (const span of attempt.spans) {
      const line = span.logLine === null ? '' : `  (log line ${span.logLine})`;
      const spanTook = tookText(span.startedAt, span.endedAt, now);
      lines.push(`    ${span.state.padEnd(10)} ${oneLine(span.title)}  ${spanTook}${line}`);
    }
  }
  for (const artifact of build.artifacts) {
    lines.push(`  artifact  ${oneLine(artifact.path)}  ${formatBytes(artifact.bytes)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** One line for a build that was asked for or changed. */
export function tellBuild(context: CommandContext, build: Build, farmUrl: string): void {
  show(context, build, () => {
    const state = paint(context.terminal, stateColours[build.state], stateText(build.state));
    return `${state}  ${build.id}  ${buildName(build)}\n`;
  });
  if (!context.json) writeLine(context.terminal, `  ${buildUrl(farmUrl, build.id)}`);
}
