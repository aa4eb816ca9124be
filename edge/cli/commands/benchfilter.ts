import { toFarmError } from '../../../agent/wire/farm-error.ts';
import {
  type BenchResult,
  createBenchReader,
  createBenchWriter,
  encodeText,
  filterResult,
  parseFilter,
} from '../../../core/bench/index.ts';
import type { CommandContext } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { readBenchFiles, syntaxErrorLine } from './bench-files.ts';
import { examples, type Registrar } from './registrar.ts';

const flushChars = 1 << 18;

export function addBenchfilter({ program, bind }: Registrar): void {
  const command = program
    .command('benchfilter')
    .description('copy the benchmark results that match a query, as upstream’s benchfilter does')
    .argument('[query and files...]', 'the query, and files; without a file, standard input')
    .allowUnknownOption()
    .addHelpText(
      'after',
      `${examples(
        "croft benchfilter '.name:Sort .unit:ns/op' old.txt new.txt",
        "croft benchfilter 'goos:(linux OR darwin) -/size:/^1/' < all.txt",
      )}\n\nExits with 2 without a query, and with 1 for a query or a file that can't be read.`,
    );
  bind(command, benchfilter);
}

async function benchfilter(context: CommandContext, given: readonly string[]): Promise<ExitCode> {
  const [query, ...files] = given;
  if (query === undefined) {
    context.terminal.note('Usage: croft benchfilter <query> [files...]; see --help');
    return exitCodes.usage;
  }
  try {
    await copyMatching(context, query, files);
    return exitCodes.ok;
  } catch (error) {
    if (context.signal.aborted) throw error;
    context.terminal.note(toFarmError(error).message);
    return exitCodes.negative;
  }
}

async function copyMatching(context: CommandContext, query: string, files: readonly string[]): Promise<void> {
  const filter = parseFilter(query);
  const writer = createBenchWriter();
  let text = '';
  function flush(): void {
    if (text !== '') context.terminal.writeBytes(encodeText(text));
    text = '';
  }
  const reader = createBenchReader({
    result(result: BenchResult) {
      const kept = filterResult(result, filter);
      if (kept === null) return;
      text += writer.result(kept);
      if (text.length > flushChars) flush();
    },
    syntaxError: (error) => context.terminal.note(syntaxErrorLine(error)),
    unit(fact) {
      text += writer.unit(fact);
    },
  });
  try {
    await readBenchFiles(context, files, reader);
  } finally {
    flush();
  }
}
