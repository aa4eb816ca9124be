import { RetentionAnswer } from '../../api/model.ts';
import { formatBytes } from '../../pages/app/rules/time.ts';
import { type CommandContext, show } from '../context.ts';
import { exitCodes } from '../exit.ts';
import { formatTable } from '../table.ts';
import { examples, type Registrar } from './registrar.ts';

export function addRetention({ program, bind }: Registrar): void {
  const command = program
    .command('retention')
    .description('say what the rules of retention would remove now, or remove it')
    .option('--apply', 'remove it; without this nothing is removed')
    .addHelpText(
      'after',
      `${examples('croft retention', 'croft retention --apply')}\n\nThe rules are policies.retention in the farm's configuration; the coordinator applies them twice an hour.
Builds and verdicts always stay, and pages say what became of a log or an artifact.`,
    );
  bind(command, async (context: CommandContext, options: { readonly apply?: boolean }) => {
    const client = await context.client();
    const path = '/api/v1/retention';
    const answer =
      options.apply === true
        ? await client.post(RetentionAnswer, path)
        : await client.get(RetentionAnswer, path);
    show(context, answer, () => describe(context, answer, options.apply === true));
    return exitCodes.ok;
  });
}

function describe(context: CommandContext, { rules, cut }: RetentionAnswer, isDone: boolean): string {
  if (rules.length === 0) return isDone ? 'Nothing was to be removed.\n' : 'Nothing would be removed.\n';
  const table = formatTable(
    context.terminal,
    [
      {
        title: isDone ? 'REMOVED' : 'WOULD GO',
        text: (rule: RetentionAnswer['rules'][number]) => rule.policy,
      },
      { title: 'COUNT', text: (rule) => String(rule.count) },
      { title: 'SIZE', text: (rule) => formatBytes(rule.bytes) },
    ],
    rules,
  );
  return cut ? `${table}and more\n` : table;
}
