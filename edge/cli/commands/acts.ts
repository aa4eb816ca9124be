/** Commands that ask for something to be done: run, retry, cancel. */
import { Build } from '../../api/model.ts';
import type { CommandContext } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { tellBuild } from './builds.ts';
import { followLog } from './follow.ts';
import { examples, type Registrar } from './registrar.ts';

interface ActOptions {
  readonly follow?: boolean;
}

const followText = 'print its log until it ends and exit with its verdict';

export function addActs({ program, bind }: Registrar): void {
  const run = program
    .command('run')
    .description('ask for a build of a commit, also when it has been built before')
    .argument('<repository>', 'its name in the farm')
    .argument('<commit>', 'a hash, the beginning of one, a branch or a tag')
    .argument('<builder>', 'the name of a builder')
    .option('-f, --follow', followText)
    .addHelpText(
      'after',
      examples('croft run croft main linux-x64', 'croft run -f croft 3c1f0a92 linux-arm64'),
    );
  bind(run, async (context, repo: string, commit: string, builder: string, options: ActOptions) => {
    return await ask(context, '/api/v1/builds', options, { repo, commit, builder });
  });

  const retry = program
    .command('retry')
    .description('build again what a finished build has built')
    .argument('<build>', 'the id of a build')
    .option('-f, --follow', followText)
    .addHelpText('after', examples('croft retry -f bld_01kb2rm4x9c3k7q5v8n2'));
  bind(retry, async (context, id: string, options: ActOptions) => {
    return await ask(context, `/api/v1/builds/${encodeURIComponent(id)}/retry`, options);
  });

  const cancel = program
    .command('cancel')
    .description('cancel builds that wait or run')
    .argument('<build...>', 'ids of builds')
    .addHelpText('after', examples('croft cancel bld_01kb2rm4x9c3k7q5v8n2'));
  bind(cancel, async (context, ids: readonly string[]) => {
    const client = await context.client();
    for (const id of ids) {
      const build = await client.post(Build, `/api/v1/builds/${encodeURIComponent(id)}/cancel`);
      tellBuild(context, build, client.url);
    }
    return exitCodes.ok;
  });
}

async function ask(
  context: CommandContext,
  path: string,
  options: ActOptions,
  body?: unknown,
): Promise<ExitCode> {
  const client = await context.client();
  const build = await client.post(Build, path, body);
  tellBuild(context, build, client.url);
  return options.follow === true ? await followLog(context, build.id, {}) : exitCodes.ok;
}
