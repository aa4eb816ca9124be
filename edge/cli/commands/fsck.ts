import { type CommandContext, show } from '../context.ts';
import type { CheckReport, DataTools } from '../data-tools.ts';
import { oneLine } from '../escapes.ts';
import { exitCodes } from '../exit.ts';
import { createProgressLine } from '../progress-line.ts';
import { findDataFolder } from '../target.ts';
import { examples, type Registrar } from './registrar.ts';

interface FsckFlags {
  readonly deep?: boolean;
  readonly repair?: boolean;
}

export function addFsck({ program, bind }: Registrar, tools: DataTools): void {
  const command = program
    .command('fsck')
    .description(
      'compare the database of a farm of this machine with its stored logs, artifacts and archives, both ways',
    )
    .option('--deep', 'read everything, and compare content with digests')
    .option('--repair', 'remove what no row names, and note what is lost; the coordinator must be stopped')
    .addHelpText(
      'after',
      `${examples('croft fsck', 'croft fsck --deep --json', 'croft fsck --data /var/lib/croft --repair')}

Without --repair it only reads, and may run while the farm works. Objects that are younger than an hour may belong to a
build that has yet to end, and are left alone. Exits with 1 when something is wrong and was not repaired.`,
    );
  bind(command, async (context: CommandContext, flags: FsckFlags) => {
    const report = await tools.check({
      dir: await findDataFolder(context.global.data, context),
      deep: flags.deep === true,
      repair: flags.repair === true,
      signal: context.signal,
      onProgress: createProgressLine(context),
    });
    show(context, report, describe);
    return report.more === 0 && report.findings.every(({ repaired }) => repaired)
      ? exitCodes.ok
      : exitCodes.negative;
  });
}

function describe({ findings, more, references, objects }: CheckReport): string {
  const lines = findings.map(
    ({ kind, what, text, repaired }) =>
      `${kind} ${oneLine(what)}: ${oneLine(text)}${repaired ? ' (repaired)' : ''}`,
  );
  if (more > 0) lines.push(`and ${more} more`);
  const looked = `${references} references, ${objects} objects`;
  lines.push(
    findings.length === 0
      ? `Nothing is wrong: ${looked}.`
      : `${findings.length + more} findings in ${looked}.`,
  );
  return `${lines.join('\n')}\n`;
}
