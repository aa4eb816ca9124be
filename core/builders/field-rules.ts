/**
 * What a schema can't say of single fields. Every rule takes what stands in the file, whatever it is: what has the wrong
 * type is the schema's to refuse, and passes here.
 */
import { shortestSecretBytes } from '../logs/index.ts';
import { configLimits } from './config-limits.ts';
import { type PathSegment, pathText } from './config-path.ts';
import { formatDuration, parseDuration } from './duration.ts';
import { globProblem } from './glob.ts';
import { formatSize, parseSize } from './size.ts';
import type { ConfigProblem } from './types.ts';

export type Path = readonly PathSegment[];

export function problemAt(path: Path, problem: string, fix: string): ConfigProblem {
  return { path: pathText(path), problem, fix };
}

export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

export function fieldOf(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, field)
    ? Reflect.get(value, field)
    : undefined;
}

export function stepRules(value: unknown, path: Path): readonly ConfigProblem[] {
  return itemsOf(value).flatMap((step, index) => {
    if (typeof step !== 'string') return [];
    const place = [...path, index];
    if (step !== '' && step.trim() === '') {
      return [problemAt(place, 'The step is empty', 'Write a shell script, or remove the step')];
    }
    return step.includes('\0')
      ? [problemAt(place, 'The step has a NUL character in it', 'Remove it; no shell can take one')]
      : [];
  });
}

export function envRules(
  value: unknown,
  path: Path,
  mostBytes: number = configLimits.environmentBytes,
): readonly ConfigProblem[] {
  const entries = entriesOf(value);
  const problems = entries.flatMap(([name, text]) => variableRules(name, text, [...path, name]));
  const bytes = entries.reduce(
    (sum, [name, text]) => sum + byteLength(name) + (typeof text === 'string' ? byteLength(text) : 0),
    0,
  );
  if (bytes > mostBytes) {
    const most = `${mostBytes / 1024} KiB`;
    problems.push(
      problemAt(path, `Names and values together are larger than ${most}`, 'Put long values into files'),
    );
  }
  return problems;
}

/** What hides nothing, or would be there twice. */
export function secretRules(value: unknown, env: unknown, path: Path): readonly ConfigProblem[] {
  const single = entriesOf(value).flatMap(([name, text]) => {
    const place = [...path, name];
    if (fieldOf(env, name) !== undefined) {
      return [
        problemAt(place, 'The variable is in env too, where everybody sees it', 'Remove one of the two'),
      ];
    }
    if (typeof text !== 'string' || byteLength(text.trim()) >= shortestSecretBytes) return [];
    const problem = 'The value is so short that hiding it in logs would hide half of them';
    return [problemAt(place, problem, `Use a secret of at least ${shortestSecretBytes} characters`)];
  });
  return [...envRules(value, path, configLimits.secretsBytes), ...single];
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function variableRules(name: string, text: unknown, path: Path): readonly ConfigProblem[] {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name === '__proto__') {
    const fix = 'Use letters, digits and "_", not beginning with a digit';
    return [problemAt(path, `${JSON.stringify(name.slice(0, 64))} can't be the name of a variable`, fix)];
  }
  if (name.length > configLimits.variableNameLength) {
    const problem = `The name is longer than ${configLimits.variableNameLength} characters`;
    return [problemAt(path, problem, 'Make it shorter')];
  }
  if (/^croft_/i.test(name)) {
    return [problemAt(path, 'Names that begin with CROFT_ are set by Croft itself', 'Choose another name')];
  }
  if (typeof text === 'string' && text.includes('\0')) {
    return [problemAt(path, 'The value has a NUL character in it', 'Remove it')];
  }
  return [];
}

export function globRules(value: unknown, path: Path): readonly ConfigProblem[] {
  return itemsOf(value).flatMap((glob, index) => {
    const problem = typeof glob === 'string' && glob !== '' ? globProblem(glob) : null;
    return problem === null ? [] : [problemAt([...path, index], problem, 'Write a glob such as "release-*"')];
  });
}

export function artifactRules(value: unknown, path: Path): readonly ConfigProblem[] {
  const outside = itemsOf(value).flatMap((glob, index) => {
    if (typeof glob !== 'string') return [];
    const place = [...path, index];
    if (glob.startsWith('!')) {
      return [
        problemAt(place, 'Artifacts can only be let in', 'Remove "!" and name the files that you want'),
      ];
    }
    const leaves = /^([/\\]|[A-Za-z]:)/.test(glob) || glob.split(/[/\\]/).includes('..');
    const fix = 'Write a path relative to the root of the checkout, without ".."';
    return leaves ? [problemAt(place, 'It leads out of the checkout', fix)] : [];
  });
  return [...globRules(value, path), ...outside];
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** A text of the right form that is nothing, or out of range; also a number out of range. */
export function durationRules(value: unknown, path: Path, range: Range): readonly ConfigProblem[] {
  return rangeRules(value, path, { range, parse: parseDuration, format: formatDuration });
}

export function sizeRules(value: unknown, path: Path, range: Range): readonly ConfigProblem[] {
  return rangeRules(value, path, { range, parse: parseSize, format: formatSize });
}

function rangeRules(
  value: unknown,
  path: Path,
  how: {
    readonly range: Range;
    readonly parse: (value: unknown) => number | null;
    readonly format: (amount: number) => string;
  },
): readonly ConfigProblem[] {
  const amount = how.parse(value);
  if (amount === null) return [];
  const { min, max } = how.range;
  if (amount >= min && amount <= max) return [];
  const side = amount < min ? 'less' : 'more';
  const bound = how.format(amount < min ? min : max);
  return [
    problemAt(
      path,
      `${JSON.stringify(value)} is ${side} than ${bound}`,
      `Write something from "${how.format(min)}" to "${how.format(max)}"`,
    ),
  ];
}
