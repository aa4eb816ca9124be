import { resolve } from 'node:path';
import { formatBytes } from '../../pages/app/rules/time.ts';
import { type CommandContext, show } from '../context.ts';
import type { DataTools } from '../data-tools.ts';
import { exitCodes } from '../exit.ts';
import { createProgressLine } from '../progress-line.ts';
import { findDataFolder } from '../target.ts';
import { examples, type Registrar } from './registrar.ts';

export function addBackup({ program, bind }: Registrar, tools: DataTools): void {
  const backup = program
    .command('backup')
    .description('copy a farm of this machine into a folder or a tar file, while it works')
    .argument('<target>', 'a folder that is empty or not there, or a file whose name ends in .tar')
    .option('--config <file>', 'the configuration of the farm, when it is not in the data folder')
    .addHelpText(
      'after',
      `${examples('croft backup /backup/croft-monday.tar', 'croft backup --data /var/lib/croft /backup/monday')}

In it: the database, the configuration, the admin token, the key of the local agent, logs, artifacts and source
archives. Not in it: mirrors, which are fetched again, and objects that are kept in S3. It is as secret as the farm.`,
    );
  bind(backup, async (context: CommandContext, target: string, options: { readonly config?: string }) => {
    const report = await tools.backUp({
      dir: await findDataFolder(context.global.data, context),
      to: resolve(context.cwd, target),
      configFile: options.config === undefined ? null : resolve(context.cwd, options.config),
      signal: context.signal,
      onProgress: createProgressLine(context),
    });
    for (const key of report.missing.slice(0, 20)) {
      context.terminal.note(`croft: the database names "${key}", which is lost; see croft fsck`);
    }
    const lost = report.missing.length === 0 ? '' : `, ${report.missing.length} lost objects`;
    show(
      context,
      report,
      () => `Backed up ${report.files} files, ${formatBytes(report.bytes)}${lost}, to ${report.to}\n`,
    );
    return report.missing.length === 0 ? exitCodes.ok : exitCodes.negative;
  });

  const restore = program
    .command('restore')
    .description('make a data folder from a backup')
    .argument('<backup>', 'what croft backup wrote')
    .requiredOption('--to <folder>', 'the data folder to be; no coordinator may run there')
    .option('--force', 'move what is in the folder aside')
    .addHelpText(
      'after',
      `${examples('croft restore /backup/croft-monday.tar --to /var/lib/croft')}

Every file is checked against the backup's own sums before any is put in its place.`,
    );
  bind(
    restore,
    async (
      context: CommandContext,
      from: string,
      options: { readonly to: string; readonly force?: boolean },
    ) => {
      const report = await tools.restore({
        from: resolve(context.cwd, from),
        dir: resolve(context.cwd, options.to),
        force: options.force === true,
        signal: context.signal,
        onProgress: createProgressLine(context),
      });
      show(context, report, () => {
        const aside = report.movedAside === null ? '' : `What was there is in ${report.movedAside}\n`;
        const blobs = report.blobs === 'included' ? '' : `Logs and artifacts are still in ${report.blobs}\n`;
        return `Restored ${report.files} files, ${formatBytes(report.bytes)}, of ${report.createdAt} into ${report.dir}\n${aside}${blobs}`;
      });
      return exitCodes.ok;
    },
  );
}
