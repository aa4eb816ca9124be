import { Argument } from 'commander';
import {
  checkConfig,
  checkConfigText,
  farmSchema,
  problemText,
  repositorySchema,
} from '../../../core/builders/index.ts';
import { environments } from '../../../env/environments.ts';
import { Farm } from '../../api/model.ts';
import { type ConfigFileKind, findConfigFiles, readConfigFile } from '../config-files.ts';
import { type CommandContext, show } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { paint, writeLine } from '../terminal.ts';
import { showConfig } from './config-show.ts';
import { choice } from './options.ts';
import { examples, type Registrar } from './registrar.ts';

export function addConfig({ program, bind }: Registrar): void {
  const group = program.command('config').description("check, show or reload the farm's configuration");
  const check = group
    .command('check')
    .description('say what is wrong with a configuration file; needs no farm')
    .argument('[file...]', 'croft.json, farm.config.ts or farm.config.json (default: those found here)')
    .addOption(
      choice('--kind <kind>', 'which of the two a file with another name is', ['farm', 'repository']),
    )
    .addHelpText('after', examples('croft config check', 'croft config check croft.json && git push'));
  bind(check, checkFiles);
  const schema = group
    .command('schema')
    .description('print the JSON Schema of a file, for editors')
    .addArgument(new Argument('<file>', 'which').choices(['farm', 'croft']))
    .addHelpText('after', examples('croft config schema croft > .vscode/croft.schema.json'));
  bind(schema, async (context: CommandContext, which: string) => {
    writeLine(context.terminal, JSON.stringify(which === 'farm' ? farmSchema : repositorySchema, null, 2));
    return exitCodes.ok;
  });
  const showCommand = group
    .command('show')
    .description('print what is in force, without secrets')
    .option('--offline', 'what the files say, without asking the farm')
    .option('--config <file>', 'the file to read, with --offline')
    .addOption(choice('--env <name>', 'show this environment too, with --offline', Object.keys(environments)))
    .addHelpText(
      'after',
      examples('croft config show', 'croft config show --offline --config farm.config.ts --json'),
    );
  bind(showCommand, showConfig);
  const reload = group
    .command('reload')
    .description('read the configuration again now; a broken one changes nothing')
    .addHelpText('after', examples('croft config reload'));
  bind(reload, reloadConfig);
}

async function checkFiles(
  context: CommandContext,
  given: readonly string[],
  options: { readonly kind?: ConfigFileKind },
): Promise<ExitCode> {
  const files = given.length > 0 ? given : await findConfigFiles(context.cwd);
  if (files.length === 0) {
    context.terminal.note('croft: no croft.json and no farm.config.ts or .json here; name a file');
    return exitCodes.notFound;
  }
  let wrong = false;
  for (const file of files) {
    const read = await readConfigFile(context, file, options.kind);
    const problems =
      read.text === null ? checkConfig(read.kind, read.value) : checkConfigText(read.kind, read.text);
    wrong = wrong || problems.length > 0;
    const fine = problems.length === 0;
    if (context.json) {
      writeLine(context.terminal, JSON.stringify({ file, kind: read.kind, ok: fine, problems }));
      continue;
    }
    const verdict = fine ? paint(context.terminal, 'green', 'fine') : paint(context.terminal, 'red', 'wrong');
    writeLine(context.terminal, `${file}: ${verdict}`);
    for (const problem of problems) writeLine(context.terminal, `  ${problemText(problem)}`);
  }
  return wrong ? exitCodes.negative : exitCodes.ok;
}

async function reloadConfig(context: CommandContext): Promise<ExitCode> {
  const client = await context.client();
  const farm = await client.post(Farm, '/api/v1/config/reload');
  const { broken } = farm.config;
  show(context, farm.config, () => {
    if (broken === null) return `The configuration of ${farm.config.loadedAt} is in force.\n`;
    return broken.problems.map((problem) => `${problemText(problem)}\n`).join('');
  });
  return broken === null ? exitCodes.ok : exitCodes.negative;
}
