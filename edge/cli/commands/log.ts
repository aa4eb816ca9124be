import { LogWindow } from '../../api/model.ts';
import type { CommandContext } from '../context.ts';
import { onlyColours, plainText } from '../escapes.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { paint, writeLine } from '../terminal.ts';
import { createTextCleaner } from '../text-cleaner.ts';
import { followLog } from './follow.ts';
import { count } from './options.ts';
import { examples, type Registrar } from './registrar.ts';

interface LogOptions {
  readonly follow?: boolean;
  readonly attempt?: number;
  readonly tail?: number;
  readonly raw?: boolean;
}

export function addLog({ program, bind }: Registrar): void {
  const command = program
    .command('log')
    .description('print the log of a build')
    .argument('<build>', 'the id of a build')
    .option('-f, --follow', 'go on until the build ends and exit with its verdict')
    .option('--attempt <number>', 'of this attempt instead of the newest', count)
    .option('-n, --tail <lines>', 'only the last lines', count)
    .option('--raw', 'every byte as the build wrote it, escape sequences included')
    .addHelpText(
      'after',
      `${examples(
        'croft log -f bld_01kb2rm4x9c3k7q5v8n2 && ./deploy',
        'croft log --tail 40 bld_01kb2rm4x9c3k7q5v8n2',
        'croft log --raw bld_01kb2rm4x9c3k7q5v8n2 > build.log',
      )}\n\nWith --json, -f prints each event of the stream as a line, and --tail each line of the log.`,
    );
  bind(command, async (context: CommandContext, id: string, options: LogOptions) => {
    if (options.follow === true) return await followLog(context, id, options);
    if (options.tail !== undefined) return await printTail(context, id, options.tail, options.attempt);
    return await printLog(context, id, options);
  });
}

async function printLog(context: CommandContext, id: string, options: LogOptions): Promise<ExitCode> {
  const client = await context.client();
  const path = `/api/v1/builds/${encodeURIComponent(id)}/log`;
  const cleaner = createTextCleaner(context.terminal.colours ? onlyColours : plainText);
  for await (const bytes of client.download(path, { attempt: options.attempt })) {
    if (options.raw === true) context.terminal.writeBytes(bytes);
    else context.terminal.write(cleaner.pushBytes(bytes));
  }
  if (options.raw !== true) context.terminal.write(cleaner.end());
  return exitCodes.ok;
}

async function printTail(
  context: CommandContext,
  id: string,
  last: number,
  attempt: number | undefined,
): Promise<ExitCode> {
  const client = await context.client();
  const path = `/api/v1/builds/${encodeURIComponent(id)}/log/lines`;
  const window = await client.get(LogWindow, path, { last, attempt });
  const clean = context.terminal.colours ? onlyColours : plainText;
  for (const line of window.lines) {
    writeLine(context.terminal, context.json ? JSON.stringify(line) : clean(line.text));
  }
  if (window.droppedBytes > 0 && !context.json) {
    context.terminal.note(
      paint(context.terminal, 'yellow', `${window.droppedBytes} bytes of this log were not kept`),
    );
  }
  return exitCodes.ok;
}
