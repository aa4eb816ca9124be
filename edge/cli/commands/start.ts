import { resolve } from 'node:path';
import { environmentNamed, environments } from '../../../env/environments.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit.ts';
import type { StartFarm, StartOptions } from '../start-options.ts';
import { choice, port } from './options.ts';
import { examples, type Registrar } from './registrar.ts';

interface StartFlags {
  readonly repo?: string;
  readonly config?: string;
  readonly port?: number;
  readonly env?: string;
  readonly host?: string;
  readonly publicUrl?: string;
  readonly hostType?: string;
  readonly agent: boolean;
}

export function addStart({ program, bind }: Registrar, startFarm: StartFarm): void {
  const command = program
    .command('start')
    .description('run a farm on this machine: a coordinator, a local agent and the pages')
    .option('--repo <url-or-path>', 'the repository to watch (default: the one you are in)')
    .option(
      '--config <file>',
      'the configuration of the farm (default: farm.config.ts or .json in the data folder)',
    )
    .option('--port <number>', 'where to listen (default: 8484, or the next free one)', port)
    .addOption(choice('--env <name>', 'where it runs (default: development)', Object.keys(environments)))
    .option(
      '--host <address>',
      'where to listen: 0.0.0.0 lets other machines in (default: this machine only)',
    )
    .option('--public-url <url>', 'what other machines call this farm, for links and join commands')
    .option('--host-type <name>', 'what this machine is, for a configuration without the host type "local"')
    .option('--no-agent', 'no local agent: other machines build')
    .addHelpText(
      'after',
      `${examples(
        'croft start # builds the repository you are in',
        'croft start --repo https://example.org/app.git --port 9000',
        'croft start --config farm.config.ts --data /var/lib/croft --env production',
      )}\n\nThe data folder is --data, by default the environment's: .croft in the folder you are in for development. Ctrl-C stops all of it. If this command is
killed, the farm goes on; starting it again on the same data folder takes it up as it is.`,
    );
  bind(command, async (context: CommandContext, flags: StartFlags) => {
    const options: StartOptions = {
      repo: flags.repo ?? null,
      config: flags.config === undefined ? null : resolve(context.cwd, flags.config),
      port: flags.port ?? null,
      env: flags.env ?? null,
      host: flags.host ?? null,
      publicUrl: flags.publicUrl ?? null,
      hostType: flags.hostType ?? null,
      localAgent: flags.agent,
    };
    const environment = environmentNamed(flags.env ?? 'development') ?? environments.development;
    const data = resolve(context.cwd, context.global.data ?? environment.dataDir);
    await startFarm({ data, defaultPort: environment.port, options });
    return exitCodes.ok;
  });
}
