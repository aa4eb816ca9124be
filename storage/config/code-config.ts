/**
 * A configuration that is a program, `farm.config.ts`: the operator's own code, trusted like the coordinator itself.
 *
 * It is bundled with everything that it imports and run in a process of its own each time (`run-program.ts`). `croft` is a module
 * for it whether or not a package of this name can be found, so a lone file in a data folder works, and so it does in a compiled
 * program.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Clock } from '../../agent/kit/clock.ts';
import { type FarmError, invalidInput } from '../../agent/wire/farm-error.ts';
import { type ProgramEnd, runProgram } from './run-program.ts';

export interface CodeConfigDeps {
  readonly clock: Clock;
  /** What the program sees as its own. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /**
   * Learns which files decide about the content, packages left out: the program, what it imports and, when that fails, the file
   * where it failed, which need not exist.
   */
  readonly onSources: (sources: readonly string[]) => void;
}

/** What `import { defineFarm } from 'croft'` means: the same as `core/builders/define-farm.ts`. */
const croftModule = 'export const defineFarm = (config) => config;';
/** A program that waits for something that never comes must not hold up the farm. */
const patienceMs = 15_000;

/** Rejects with `invalid_input` and line and column when it can't be read or throws. */
export async function runCodeConfig(file: string, deps: CodeConfigDeps): Promise<unknown> {
  const { clock, environment } = deps;
  const code = await bundle(file, deps.onSources);
  const folder = await mkdtemp(join(tmpdir(), 'croft-config-'));
  try {
    // Named like the original, for the traces of errors.
    const compiled = join(folder, `${basename(file)}.mjs`);
    await writeFile(compiled, code);
    return contentOf(await runProgram({ compiled, folder, patienceMs, clock, environment }), file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bundle(file: string, onSources: CodeConfigDeps['onSources']): Promise<string> {
  const result = await Bun.build({
    entrypoints: [file],
    target: 'bun',
    format: 'esm',
    sourcemap: 'inline',
    metafile: true,
    throw: false,
    // The bundle stands elsewhere; what the program asks about itself is still true.
    define: {
      'import.meta.dir': JSON.stringify(dirname(file)),
      'import.meta.dirname': JSON.stringify(dirname(file)),
      'import.meta.path': JSON.stringify(file),
      'import.meta.filename': JSON.stringify(file),
      'import.meta.url': JSON.stringify(pathToFileURL(file).href),
    },
    plugins: [
      {
        name: 'croft',
        setup(build) {
          build.onResolve({ filter: /^croft$/ }, () => ({ path: 'croft', namespace: 'croft' }));
          build.onLoad({ filter: /.*/, namespace: 'croft' }, () => ({ contents: croftModule, loader: 'js' }));
        },
      },
    ],
  });
  const inputs = Object.keys(result.metafile?.inputs ?? {}).filter((input) => !input.startsWith('croft:'));
  const sources = [file, ...inputs.map((input) => resolve(input)), ...result.logs.flatMap(placesOf)];
  onSources([...new Set(sources)].filter((path) => !path.includes('/node_modules/')).sort());
  const [output] = result.outputs;
  if (!result.success || output === undefined) throw refused(file, result.logs.map(logText).join('; '));
  return await output.text();
}

/** The files that have to change for this mistake to go away. */
function placesOf(log: BuildMessage | ResolveMessage): string[] {
  const { position } = log;
  if (position === null) return [];
  const unresolved = 'specifier' in log && log.specifier.startsWith('.');
  return unresolved ? [position.file, resolve(dirname(position.file), log.specifier)] : [position.file];
}

function logText(log: BuildMessage | ResolveMessage): string {
  const { position, message } = log;
  if (position === null) return message;
  return `${basename(position.file)} line ${position.line}, column ${position.column}: ${message}`;
}

function contentOf(end: ProgramEnd, file: string): unknown {
  switch (end.is) {
    case 'content':
      return JSON.parse(end.json);
    case 'nothing':
      throw refused(file, 'it exports nothing; write "export default defineFarm({ … })"');
    case 'thrown':
      throw refused(file, thrownText(end, file));
    case 'gone':
      throw refused(file, 'it ended before its export was there');
    case 'late':
      throw refused(file, `it did not end within ${patienceMs / 1_000} s`);
    case 'too-large':
      throw refused(file, 'what it exports is larger than any configuration');
  }
}

/** The message, and the place in the operator's own file that the trace names first. */
function thrownText(thrown: { readonly message: string; readonly stack: string }, file: string): string {
  const [, line, column] =
    new RegExp(`${RegExp.escape(basename(file))}:(\\d+):(\\d+)`).exec(thrown.stack) ?? [];
  return line === undefined ? thrown.message : `line ${line}, column ${column}: ${thrown.message}`;
}

function refused(file: string, problem: string): FarmError {
  return invalidInput('configuration', `${basename(file)}: ${problem}`);
}
