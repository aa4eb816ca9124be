import { Command, CommanderError } from 'commander';
import { toFarmError } from '../../agent/wire/farm-error.ts';
import { addActs } from './commands/acts.ts';
import { addBackup } from './commands/backup.ts';
import { addBenchfilter } from './commands/benchfilter.ts';
import { addBenchstat } from './commands/benchstat.ts';
import { addBuilds } from './commands/builds.ts';
import { addCompletion } from './commands/completion.ts';
import { addConfig } from './commands/config.ts';
import { addDashboards } from './commands/dashboards.ts';
import { addFsck } from './commands/fsck.ts';
import { addLog } from './commands/log.ts';
import { addMachines } from './commands/machines.ts';
import { addQueue } from './commands/queue.ts';
import type { Handler, Registrar } from './commands/registrar.ts';
import { addRetention } from './commands/retention.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addJoinTokens, addTokens } from './commands/tokens.ts';
import { addWhy } from './commands/why.ts';
import { type CliDeps, createContext, type GlobalOptions } from './context.ts';
import type { DataTools } from './data-tools.ts';
import { oneLine } from './escapes.ts';
import { type ExitCode, exitCodeHelp, exitCodeOfError, exitCodes } from './exit.ts';
import type { StartFarm } from './start-options.ts';

/** Everything that the commands need from outside. */
export interface ProgramDeps extends CliDeps {
  readonly version: string;
  readonly startFarm: StartFarm;
  readonly dataTools: DataTools;
}

/** Runs one command line (without the program's own name) and answers its exit code; errors are told on standard error. */
export async function runProgram(deps: ProgramDeps, args: readonly string[]): Promise<number> {
  let exitCode: ExitCode = exitCodes.ok;
  const program = createProgram(deps, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const farmError = toFarmError(error);
    if (deps.signal.aborted) return exitCodes.interrupted;
    deps.terminal.note(`croft: ${oneLine(farmError.message)}`);
    return exitCodeOfError(farmError);
  }
}

/** The whole command tree; `onExit` is told what each command that ran wants as exit code. */
export function createProgram(deps: ProgramDeps, onExit: (code: ExitCode) => void): Command {
  const program = new Command('croft')
    .description(
      'A build farm that you own: every commit of your repositories, on every kind of machine you have',
    )
    .version(deps.version, '-V, --version')
    .option('--url <url>', 'address of the farm (or CROFT_URL; default: the farm of the folder you are in)')
    .option(
      '--token <token>',
      'access token (or CROFT_TOKEN; default: the admin token of a farm of your own)',
    )
    .option('--data <folder>', 'data folder of a farm on this machine (default: the nearest .croft)')
    .option('--json', 'print JSON: one document, or one JSON value a line for lists and streams')
    .configureHelp({
      showGlobalOptions: true,
      helpWidth: deps.terminal.interactive ? deps.terminal.width : 110,
    })
    .configureOutput({
      writeOut: (text) => deps.terminal.write(text),
      writeErr: (text) => deps.terminal.note(text.trimEnd()),
      outputError: (text, write) =>
        write(
          `${text
            .trim()
            .replace(/^error: /, 'croft: ')
            .replace(/\.$/, '')}; see --help`,
        ),
    })
    .addHelpText('after', `\n${exitCodeHelp}`)
    .exitOverride();

  const registrar: Registrar = { program, bind };
  addStart(registrar, deps.startFarm);
  addStatus(registrar);
  addBuilds(registrar);
  addLog(registrar);
  addActs(registrar);
  addWhy(registrar);
  addQueue(registrar);
  addMachines(registrar);
  addJoinTokens(registrar);
  addTokens(registrar);
  addRetention(registrar);
  addBackup(registrar, deps.dataTools);
  addFsck(registrar, deps.dataTools);
  addConfig(registrar);
  addDashboards(registrar);
  addBenchstat(registrar);
  addBenchfilter(registrar);
  addCompletion(registrar);
  return program;

  function bind<Args extends readonly unknown[]>(command: Command, handler: Handler<Args>): Command {
    command.action(async (...given: unknown[]) => {
      const global: GlobalOptions = program.opts();
      // Commander gives the arguments, the command's own options, and the command.
      const args = given.slice(0, -1) as unknown as Args;
      onExit(await handler(createContext(deps, global), ...args));
    });
    return command;
  }
}
