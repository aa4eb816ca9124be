import { Queue } from '../../api/model.ts';
import { formatExpectedStart, formatRelative, instantMs } from '../../pages/app/rules/time.ts';
import { type CommandContext, showList } from '../context.ts';
import { exitCodes } from '../exit.ts';
import { type Column, formatTable } from '../table.ts';
import { buildName } from '../words.ts';
import { count } from './options.ts';
import { examples, type Registrar } from './registrar.ts';

type Entry = Queue['items'][number];

export function addQueue({ program, bind }: Registrar): void {
  const command = program
    .command('queue')
    .description('list what waits, in the order of placement, and what for')
    .option('--limit <count>', 'how many', count, 20)
    .addHelpText('after', examples('croft queue', 'croft queue --json | jq -r .why.summary'));
  bind(command, async (context: CommandContext, options: { readonly limit: number }) => {
    const client = await context.client();
    const queue = await client.get(Queue, '/api/v1/queue', { limit: options.limit });
    showList(context, queue.items, (items) => {
      const head = `${queue.waiting} waiting, ${queue.running} running\n`;
      return items.length === 0 ? head : head + formatTable(context.terminal, columns(context), items);
    });
    return exitCodes.ok;
  });
}

function columns(context: CommandContext): readonly Column<Entry>[] {
  const now = context.clock.now();
  return [
    { title: 'BUILD', text: ({ build }) => build.id },
    { title: 'OF', text: ({ build }) => buildName(build), shrinkTo: 16 },
    { title: 'CLASS', text: ({ build }) => build.class },
    {
      title: 'ASKED',
      text: ({ build }) => formatRelative(instantMs(build.createdAt) ?? now, now),
      align: 'right',
    },
    {
      title: 'STARTS',
      text: ({ why }) => (why.expectedStart === null ? '-' : formatExpectedStart(why.expectedStart, now)),
      shrinkTo: 10,
    },
    {
      title: 'WHY',
      text: ({ why }) => why.summary,
      colour: ({ why }) => (why.impossible ? 'red' : undefined),
      shrinkTo: 10,
    },
  ];
}
