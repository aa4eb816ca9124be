import type { GoPerfTools } from '../tools/go-perf.ts';
import { runOurs, runUpstream, type ToolRun, withFiles } from './compare.ts';
import { generateCase } from './generate.ts';

export interface Difference {
  readonly what: string;
  readonly same: boolean;
  /** The first line that is not equal, on both sides. */
  readonly detail: string;
}

/** One generated case through benchstat as text and as CSV, and through benchfilter. */
export async function differencesOf(tools: GoPerfTools, seed: number): Promise<readonly Difference[]> {
  const { files, options, query } = generateCase(seed);
  return withFiles(files, async (folder, names) => {
    const runs: readonly (readonly ['benchstat' | 'benchfilter', readonly string[]])[] = [
      ['benchstat', [...options, ...names]],
      ['benchstat', [...options, '-format', 'csv', ...names]],
      ['benchfilter', ['--', query, ...names]],
    ];
    const found: Difference[] = [];
    for (const [program, args] of runs) {
      const [theirs, ours] = await Promise.all([
        runUpstream(tools[program], args, folder),
        runOurs(program, args, folder),
      ]);
      found.push(difference(`${program} ${args.join(' ')}`, theirs, ours));
    }
    return found;
  });
}

function difference(what: string, theirs: ToolRun, ours: ToolRun): Difference {
  // Logarithms differ in the last bit between platforms, and so do geometric means that are written in full.
  const [left, right] = lopsidedTies(theirs.out, ours.out);
  const isClose = left === right || closeGeomeans(left, right);
  const same = isClose && theirs.notes === ours.notes;
  const detail = isClose ? firstDifference(theirs.notes, ours.notes) : firstDifference(left, right);
  return { what, same, detail: same ? '' : detail };
}

function firstDifference(theirs: string, ours: string): string {
  const left = theirs.split('\n');
  const right = ours.split('\n');
  const place = left.findIndex((line, index) => line !== right[index]);
  const at = place < 0 ? left.length : place;
  return `  line ${at + 1}\n  upstream ${JSON.stringify(left[at])}\n  ours     ${JSON.stringify(right[at])}`;
}

/** Superscripts, as the bytes of their UTF-8, and blanks. */
const marksAndBlanks = /(?: |\u00c2[\u00b9\u00b2\u00b3]|\u00e2\u0081[\u00b0-\u00b9])+/g;
const unequalSizes = /n=\d+\+\d+/;

/**
 * Of samples of unequal size with ties upstream's p depends on their order, and may even be above 1: where two lines differ and are
 * about such samples, only what stands before the delta counts, and neither do footnotes.
 */
function lopsidedTies(theirs: string, ours: string): readonly [string, string] {
  const left = theirs.split('\n');
  const right = ours.split('\n');
  const isLopsided = left.some((line, place) => line !== right[place] && unequalSizes.test(line));
  if (!isLopsided) return [theirs, ours];
  const kept = (line: string) =>
    unequalSizes.test(line) ? line.replace(/[-+~?\d.,%]*[ ,]*\(?(?:p=[\d.]+ )?n=\d+\+\d+\)?/g, '#') : line;
  const squeezed = (lines: readonly string[]) =>
    lines
      .map((line) => kept(line).replace(marksAndBlanks, ' ').trim())
      .filter((line) => !/^(?:need|all samples|benchmark|ratios|summaries|exact)/.test(line))
      .join('\n');
  return [squeezed(left), squeezed(right)];
}

/** Equal but for the centres in lines of CSV that begin with `geomean`, which are equal to 1e-13. */
function closeGeomeans(theirs: string, ours: string): boolean {
  const left = theirs.split('\n');
  const right = ours.split('\n');
  return left.length === right.length && left.every((line, place) => closeLine(line, right[place] ?? ''));
}

function closeLine(theirs: string, ours: string): boolean {
  if (theirs === ours) return true;
  if (!theirs.startsWith('geomean,') || !ours.startsWith('geomean,')) return false;
  const right = ours.split(',');
  return theirs.split(',').every((field, place) => {
    const other = right[place] ?? '';
    return field === other || Math.abs(Number(field) / Number(other) - 1) < 1e-13;
  });
}
