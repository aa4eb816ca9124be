import { type BuildDetail, BuildDetail as BuildDetailSchema, type Why } from '../../api/model.ts';
import { formatExpectedStart } from '../../pages/app/rules/time.ts';
import { type CommandContext, show } from '../context.ts';
import { oneLine } from '../escapes.ts';
import { exitCodes } from '../exit.ts';
import { paint } from '../terminal.ts';
import { buildName, stateColours, stateText, tookText } from '../words.ts';
import { examples, type Registrar } from './registrar.ts';

export function addWhy({ program, bind }: Registrar): void {
  const command = program
    .command('why')
    .description('say why a build waits, what it does, or why it ended as it did')
    .argument('<build>', 'the id of a build')
    .addHelpText(
      'after',
      `${examples('croft why bld_01kb2rm4x9c3k7q5v8n2')}\n\nExits with 1 for a build that no machine of the farm can ever run.`,
    );
  bind(command, async (context: CommandContext, id: string) => {
    const client = await context.client();
    const build = await client.get(BuildDetailSchema, `/api/v1/builds/${encodeURIComponent(id)}`);
    show(context, build, () => explain(context, build));
    return build.why?.impossible === true ? exitCodes.negative : exitCodes.ok;
  });
}

function explain(context: CommandContext, build: BuildDetail): string {
  const state = paint(context.terminal, stateColours[build.state], stateText(build.state));
  const lines = [`${state}  ${buildName(build)}`];
  if (build.why !== null) lines.push(...whyLines(build.why, context.clock.now()));
  if (build.message !== null) {
    const blame = build.blame === null ? '' : ` (to blame: the ${build.blame})`;
    lines.push(`  ${oneLine(build.message)}${blame}`);
  }
  for (const attempt of build.attemptList) {
    const now = context.clock.now();
    lines.push(
      `  attempt ${attempt.number}: ${attempt.state} on ${attempt.machine.name} after ${tookText(attempt.startedAt, attempt.endedAt, now)}`,
    );
    if (attempt.error !== null)
      lines.push(`    the ${attempt.error.blame}: ${oneLine(attempt.error.message)}`);
    const span = attempt.spans.findLast((one) => one.state === 'failed' || one.state === 'running');
    if (span !== undefined) {
      const detail = span.detail === null ? '' : `: ${oneLine(span.detail)}`;
      lines.push(`    ${span.state === 'running' ? 'is at' : 'failed at'} ${oneLine(span.title)}${detail}`);
    }
  }
  if (build.plan !== null) {
    const { origin } = build.plan;
    lines.push(`  its steps come from ${origin.file}: ${oneLine(origin.why)}`, `  ${oneLine(origin.change)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** What a waiting build waits for, a line each. */
export function whyLines(why: Why, now: number): readonly string[] {
  const lines = [`  ${oneLine(why.summary)}`];
  for (const blocker of why.blockers) lines.push(`  - ${oneLine(blocker.text)}`);
  if (why.ahead > 0) lines.push(`  builds ahead of it: ${why.ahead}`);
  if (why.expectedStart !== null) {
    lines.push(`  should start ${formatExpectedStart(why.expectedStart, now)}; ${oneLine(why.basis)}`);
  }
  return lines;
}
