/** One line of the format as text, by all of its rules; `fast-line.ts` reads the usual ones from bytes and leaves the rest to this. */
import { type NumberProblem, parseGoFloat, parseGoInteger } from './go-numbers.ts';
import { indexOfSpace, splitFields } from './white-space.ts';

export type Line =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'config'; readonly key: string; readonly value: string }
  | { readonly kind: 'unit'; readonly unit: string; readonly fields: readonly string[] }
  | { readonly kind: 'error'; readonly message: string }
  | {
      readonly kind: 'result';
      readonly name: string;
      readonly iterations: number | bigint;
      readonly values: readonly number[];
      readonly units: readonly string[];
    };

export const resultPrefix = 'Benchmark';
const nothing: Line = { kind: 'nothing' };
const configLine =
  /^(\p{Ll}[^:\p{Lu}\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*):(?:$|[ \t]+)/u;

/** `text` is without its line end. */
export function parseLine(text: string): Line {
  if (text.startsWith(resultPrefix)) return parseResult(text.slice(resultPrefix.length));
  const config = configLine.exec(text);
  if (config !== null) return { kind: 'config', key: config[1] ?? '', value: text.slice(config[0].length) };
  if (!text.startsWith('Unit')) return nothing;
  const [word, unit, ...fields] = splitFields(text);
  if (word !== 'Unit') return nothing;
  return unit === undefined ? failed('missing unit') : { kind: 'unit', unit, fields };
}

function parseResult(text: string): Line {
  const end = indexOfSpace(text);
  // What `go test -v` prints when a benchmark starts.
  if (end < 0) return nothing;
  const [count, ...pairs] = splitFields(text.slice(end));
  if (count === undefined) return failed('missing iteration count');
  const iterations = parseGoInteger(count);
  if (iterations.problem !== undefined) return failed(`parsing iteration count: ${iterations.problem}`);
  const measured = parsePairs(pairs);
  if (typeof measured === 'string') return failed(measured);
  return { kind: 'result', name: text.slice(0, end), iterations: iterations.value, ...measured };
}

/** The values with their units, or the message. */
function parsePairs(
  pairs: readonly string[],
): { readonly values: readonly number[]; readonly units: readonly string[] } | string {
  const values: number[] = [];
  const units: string[] = [];
  for (let at = 0; at < pairs.length; at += 2) {
    const value = parseGoFloat(pairs[at] ?? '');
    if (value.problem !== undefined) return `parsing measurement: ${value.problem satisfies NumberProblem}`;
    const unit = pairs[at + 1];
    if (unit === undefined) return 'missing units';
    values.push(value.value);
    units.push(unit);
  }
  return values.length === 0 ? 'missing measurements' : { values, units };
}

function failed(message: string): Line {
  return { kind: 'error', message };
}
