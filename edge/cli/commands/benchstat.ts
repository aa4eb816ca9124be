import { toFarmError } from '../../../agent/wire/farm-error.ts';
import {
  type BenchTable,
  benchstatDefaults,
  createBenchstat,
  csvTables,
  encodeText,
  textTables,
} from '../../../core/bench/index.ts';
import type { CommandContext } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { type FlagValues, floatFlag, parseGoFlags } from '../go-flags.ts';
import { readBenchFiles, syntaxErrorLine } from './bench-files.ts';
import { examples, type Registrar } from './registrar.ts';

const defaults = {
  table: benchstatDefaults.table,
  row: benchstatDefaults.row,
  col: benchstatDefaults.column,
  ignore: benchstatDefaults.ignore,
  filter: benchstatDefaults.filter,
  alpha: String(benchstatDefaults.alpha),
  confidence: String(benchstatDefaults.confidence),
  format: 'text',
} as const;

const help = `
Options, with one hyphen or two, before the files:
  -table <projection>   one table for each value (default .config)
  -row <projection>     one row for each value (default .fullname)
  -col <projection>     one column for each value; the first is the baseline (default .file)
  -ignore <keys>        don't warn when these differ inside of a cell
  -filter <query>       use only what matches, see benchfilter (default *)
  -alpha <share>        a p above it is noise and shown as ~ (default 0.05)
  -confidence <share>   of the intervals (default 0.95)
  -format <format>      text, csv

Exits with 2 for a wrong command line, and with 1 for a query or a file that can't be read.`;

export function addBenchstat({ program, bind }: Registrar): void {
  const command = program
    .command('benchstat')
    .description('sum up and compare benchmark results, as upstream’s benchstat does')
    .argument('[options and files...]', 'files; label=file names a column, - is standard input')
    .allowUnknownOption()
    .addHelpText(
      'after',
      `${examples(
        'croft benchstat old.txt new.txt',
        'croft benchstat -col goos -filter ".unit:ns/op" results.txt',
      )}\n${help}`,
    );
  bind(command, benchstat);
}

async function benchstat(context: CommandContext, given: readonly string[]): Promise<ExitCode> {
  const flags = parseGoFlags(given, defaults);
  if (flags.problem !== undefined) return usage(context, flags.problem);
  if (flags.rest.length === 0) return usage(context, 'no files');
  const { alpha: alphaText = '', confidence: confidenceText = '', format = '' } = flags.values;
  const alpha = floatFlag(alphaText);
  if (alpha === null) return usage(context, invalidNumber('alpha', alphaText));
  const confidence = floatFlag(confidenceText);
  if (confidence === null) return usage(context, invalidNumber('confidence', confidenceText));
  if (format !== 'text' && format !== 'csv') {
    return usage(context, `invalid value ${JSON.stringify(format)} for flag -format: must be text or csv`);
  }
  try {
    const tables = await tablesOf(context, { ...flags, alpha, confidence });
    print(context, tables, format);
    return exitCodes.ok;
  } catch (error) {
    if (context.signal.aborted) throw error;
    context.terminal.note(`benchstat: ${toFarmError(error).message}`);
    return exitCodes.negative;
  }
}

function usage(context: CommandContext, problem: string): ExitCode {
  context.terminal.note(problem);
  context.terminal.note('Usage: croft benchstat [options] files...; see --help');
  return exitCodes.usage;
}

function invalidNumber(flag: string, text: string): string {
  return `invalid value ${JSON.stringify(text)} for flag -${flag}: parse error`;
}

interface Asked {
  readonly values: FlagValues;
  readonly rest: readonly string[];
  readonly alpha: number;
  readonly confidence: number;
}

async function tablesOf(
  context: CommandContext,
  { values, rest: files, alpha, confidence }: Asked,
): Promise<readonly BenchTable[]> {
  const stat = createBenchstat(
    {
      table: values['table'] ?? '',
      row: values['row'] ?? '',
      column: values['col'] ?? '',
      ignore: values['ignore'] ?? '',
      filter: values['filter'] ?? '',
      alpha,
      confidence,
    },
    (error) => context.terminal.note(syntaxErrorLine(error)),
  );
  await readBenchFiles(context, files, stat.reader);
  return stat.tables();
}

function print(context: CommandContext, tables: readonly BenchTable[], format: 'text' | 'csv'): void {
  if (format === 'csv') {
    const { text, warnings } = csvTables(tables);
    context.terminal.writeBytes(encodeText(text));
    for (const warning of warnings) context.terminal.note(warning);
  } else context.terminal.writeBytes(encodeText(textTables(tables)));
}
