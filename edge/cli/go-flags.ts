/** Options as Go's flag package reads them, for commands that stand in for Go's tools: `-col x`, `--col x`, `-col=x`. */
import { parseGoFloat } from '../../core/bench/index.ts';

export type FlagValues = Readonly<Record<string, string>>;

export type ParsedFlags =
  | { readonly values: FlagValues; readonly rest: readonly string[]; readonly problem?: never }
  | { readonly problem: string };

/** `defaults` names all options; one whose default is `true` or `false` needs no value. Options end at the first other word. */
export function parseGoFlags(args: readonly string[], defaults: FlagValues): ParsedFlags {
  const values: Record<string, string> = { ...defaults };
  let at = 0;
  for (; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '-' || !arg.startsWith('-')) break;
    if (arg === '--') return { values, rest: args.slice(at + 1) };
    const mark = arg.indexOf('=');
    const name = (mark < 0 ? arg : arg.slice(0, mark)).replace(/^--?/, '');
    const standard = defaults[name];
    if (standard === undefined) return { problem: `flag provided but not defined: -${name}` };
    if (mark >= 0) values[name] = arg.slice(mark + 1);
    else if (standard === 'true' || standard === 'false') values[name] = 'true';
    else if (at + 1 < args.length) values[name] = args[++at] ?? '';
    else return { problem: `flag needs an argument: -${name}` };
  }
  return { values, rest: args.slice(at) };
}

/** Null when it is no number. */
export function floatFlag(text: string): number | null {
  const parsed = parseGoFloat(text);
  return parsed.problem === undefined ? parsed.value : null;
}
