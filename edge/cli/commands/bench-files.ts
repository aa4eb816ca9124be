import { type BenchReader, type BenchSyntaxError, nameInputs } from '../../../core/bench/index.ts';
import type { CommandContext } from '../context.ts';

/** Feeds the files to the reader, one after the other; without any, standard input. */
export async function readBenchFiles(
  context: CommandContext,
  files: readonly string[],
  reader: BenchReader,
): Promise<void> {
  for (const { path, label } of nameInputs(files.length === 0 ? ['-'] : files)) {
    reader.begin(label, { '.file': label });
    for await (const bytes of context.readBytes(path)) {
      context.signal.throwIfAborted();
      reader.push(bytes);
    }
    reader.end();
  }
}

export function syntaxErrorLine({ file, line, message }: BenchSyntaxError): string {
  return `${file}:${line}: ${message}`;
}
