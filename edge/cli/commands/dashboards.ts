import { resolve } from 'node:path';
import { exportPages } from '../../pages/index.ts';
import { type CommandContext, show } from '../context.ts';
import { exitCodes } from '../exit.ts';
import { examples, type Registrar } from './registrar.ts';

export function addDashboards({ program, bind }: Registrar): void {
  const group = program
    .command('dashboards')
    .description('write the pages as static files')
    .addHelpText('after', examples('croft dashboards export site --api https://farm.example.org'));
  const command = group
    .command('export')
    .description('write the pages into a folder, for any web server or bucket')
    .argument('<dir>', 'the folder; it is made when missing')
    .requiredOption('--api <url>', 'address of the farm that the pages read');
  bind(command, async (context: CommandContext, dir: string, options: { readonly api: string }) => {
    const files = await exportPages(resolve(context.cwd, dir), { apiUrl: options.api });
    show(context, { files }, () => `${files.map((file) => `${file}\n`).join('')}`);
    return exitCodes.ok;
  });
}
