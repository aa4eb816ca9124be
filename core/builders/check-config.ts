/** Checks for people who write a configuration: `croft config check`. */

import { configLimits } from './config-limits.ts';
import { shortened } from './config-path.ts';
import { type JsonFault, readJson } from './json-text.ts';
import { readFarmConfig, readRepositoryConfig } from './read-config.ts';
import type { ConfigProblem } from './types.ts';

/** `farm`: the operator's file. `repository`: a `croft.json`. */
export type ConfigKind = 'farm' | 'repository';

/** Everything that is wrong with a JSON file; empty when it can be used. */
export function checkConfigText(kind: ConfigKind, text: string): readonly ConfigProblem[] {
  if (kind === 'repository' && new TextEncoder().encode(text).length > configLimits.repositoryFileBytes) {
    return [tooLarge];
  }
  const read = readJson(text);
  return 'fault' in read ? [faultProblem(read.fault)] : checkConfig(kind, read.value);
}

/** The same of a value that is there already, such as what `farm.config.ts` exports. */
export function checkConfig(kind: ConfigKind, value: unknown): readonly ConfigProblem[] {
  const read = kind === 'farm' ? readFarmConfig(value) : readRepositoryConfig(value);
  return 'problems' in read ? read.problems : [];
}

export const tooLarge: ConfigProblem = {
  path: 'the whole file',
  problem: `It is larger than ${configLimits.repositoryFileBytes / 1024} KiB`,
  fix: 'Move long scripts into files of the repository and call them',
};

export function faultProblem(fault: JsonFault): ConfigProblem {
  return {
    path: `line ${fault.line}, column ${fault.column}`,
    problem: `It is not valid JSON: ${fault.problem.charAt(0).toLowerCase()}${fault.problem.slice(1)}`,
    fix: fault.fix,
  };
}

/** One line for a terminal or a log: "builders[2].hostType: There is no host type "linx". Did you mean "linux"?" */
export function problemText(problem: ConfigProblem): string {
  const separator = /[.?!]$/.test(problem.problem) ? ' ' : '. ';
  return `${problem.path}: ${shortened(problem.problem, 500)}${separator}${shortened(problem.fix, 1_000)}`;
}
