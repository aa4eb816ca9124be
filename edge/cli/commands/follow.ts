import { Value } from '@sinclair/typebox/value';
import { FarmError } from '../../../agent/wire/farm-error.ts';
import { Build, LogEvent } from '../../api/model.ts';
import type { FarmClient } from '../client.ts';
import { withQuery } from '../client.ts';
import type { CommandContext } from '../context.ts';
import { oneLine, onlyColours, plainText } from '../escapes.ts';
import { type ExitCode, exitCodeOfBuild } from '../exit.ts';
import { paint, writeLine } from '../terminal.ts';
import { createTextCleaner } from '../text-cleaner.ts';
import { buildName, buildUrl, stateColours, stateText, tookText } from '../words.ts';

export interface FollowOptions {
  readonly attempt?: number;
  readonly raw?: boolean;
}

/** Prints the log as it grows, over any number of broken connections; the exit code is the build's verdict. */
export async function followLog(
  context: CommandContext,
  id: string,
  options: FollowOptions,
): Promise<ExitCode> {
  const client = await context.client();
  const { terminal } = context;
  const clean = options.raw === true ? (text: string) => text : terminal.colours ? onlyColours : plainText;
  const cleaner = createTextCleaner(clean);
  const lost = (problem: string) => terminal.note(`croft: ${problem}; trying again`);
  let seen = 0;
  for await (const message of client.events(() => logPath(id, options), { onLost: lost })) {
    const event = readEvent(message.data);
    if (event === null) continue;
    if (context.json) writeLine(terminal, JSON.stringify(event));
    if (event.type === 'attempt') {
      seen = 0;
      if (!context.json && event.number > 1)
        terminal.note(paint(terminal, 'yellow', `attempt ${event.number} begins`));
    } else if (event.type === 'output') {
      const end = offsetOf(message.id);
      // A connection that was made again may begin with what is here already.
      if (end !== null && end <= seen) continue;
      seen = end ?? seen;
      if (!context.json) terminal.write(cleaner.push(event.text));
    } else {
      if (!context.json) {
        terminal.write(cleaner.end());
        await tellVerdict(context, client, id);
      }
      return exitCodeOfBuild(event.state);
    }
  }
  throw new FarmError('internal', `The log of ${id} ended without a verdict`, { blame: 'farm' });
}

function logPath(id: string, options: FollowOptions): string {
  return withQuery(`/api/v1/builds/${encodeURIComponent(id)}/log`, { attempt: options.attempt });
}

/** The offset after an event, of an id such as `2.4096` (attempt and offset); null when it has none. */
function offsetOf(id: string): number | null {
  const digits = /^(?:\d+\.)?(\d+)$/.exec(id)?.[1];
  return digits === undefined ? null : Number(digits);
}

function readEvent(data: string): LogEvent | null {
  const value: unknown = JSON.parse(data);
  // Kinds of a newer farm are passed over.
  return Value.Check(LogEvent, value) ? value : null;
}

async function tellVerdict(context: CommandContext, client: FarmClient, id: string): Promise<void> {
  const build = await client.get(Build, `/api/v1/builds/${encodeURIComponent(id)}`);
  const { terminal } = context;
  const state = paint(terminal, stateColours[build.state], stateText(build.state));
  const took = tookText(build.startedAt, build.endedAt, context.clock.now());
  const note = build.message === null ? '' : `: ${oneLine(build.message)}`;
  terminal.note(`${state}  ${buildName(build)} in ${took}${note}`);
  terminal.note(`  ${buildUrl(client.url, build.id)}`);
}
