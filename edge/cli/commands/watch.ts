import { Value } from '@sinclair/typebox/value';
import { type Build, FarmEvent } from '../../api/model.ts';
import { formatDuration } from '../../pages/app/rules/time.ts';
import type { CommandContext } from '../context.ts';
import { oneLine } from '../escapes.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { paint, writeLine } from '../terminal.ts';
import { buildName, stateColours, stateText } from '../words.ts';

export interface BuildFilter {
  readonly repo?: string;
  readonly builder?: string;
  readonly commit?: string;
  readonly state?: string;
}

/** Prints builds as they change, until Ctrl-C. */
export async function watchBuilds(context: CommandContext, filter: BuildFilter): Promise<ExitCode> {
  const client = await context.client();
  const shown = new Map<string, Build['state']>();
  const lost = (problem: string) => context.terminal.note(`${problem}; trying again`);
  for await (const message of client.events(() => '/api/v1/events?topics=builds', { onLost: lost })) {
    const event: unknown = JSON.parse(message.data);
    if (!Value.Check(FarmEvent, event) || event.type !== 'build') continue;
    const { build } = event;
    if (!matches(build, filter) || shown.get(build.id) === build.state) continue;
    if (build.endedAt === null) shown.set(build.id, build.state);
    else shown.delete(build.id);
    if (context.json) writeLine(context.terminal, JSON.stringify(build));
    else writeLine(context.terminal, lineOf(context, build));
  }
  return exitCodes.ok;
}

export function matches(build: Build, filter: BuildFilter): boolean {
  return (
    (filter.repo === undefined || build.repo === filter.repo) &&
    (filter.builder === undefined || build.builder === filter.builder) &&
    (filter.commit === undefined || build.commit.startsWith(filter.commit)) &&
    (filter.state === undefined || build.state === filter.state)
  );
}

function lineOf(context: CommandContext, build: Build): string {
  const state = paint(context.terminal, stateColours[build.state], stateText(build.state).padEnd(11));
  const took =
    build.startedAt === null || build.endedAt === null
      ? ''
      : ` in ${formatDuration(Date.parse(build.endedAt) - Date.parse(build.startedAt))}`;
  const note = build.message === null ? '' : `: ${oneLine(build.message)}`;
  return `${state} ${build.id}  ${buildName(build)}${took}${note}`;
}
