/**
 * From what stands in a file to a configuration that the rest of core may trust, or to everything that is wrong with it.
 * Both readers take any value and never throw.
 */
import type { TSchema } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { configLimits } from './config-limits.ts';
import { farmRules } from './farm-rules.ts';
import { FarmFile } from './farm-schema.ts';
import { problemAt } from './field-rules.ts';
import { completeFarm, type RepositoryConfig, repositoryConfig } from './fill-in.ts';
import { repositoryRules } from './repository-rules.ts';
import { RepositoryFile } from './repository-schema.ts';
import { shapeProblems } from './shape.ts';
import type { ConfigProblem, FarmConfig } from './types.ts';

export type ConfigRead<T> = { readonly config: T } | { readonly problems: readonly ConfigProblem[] };

export function readFarmConfig(value: unknown): ConfigRead<FarmConfig> {
  const problems = allProblems(FarmFile, value, farmRules);
  if (problems.length > 0 || !Value.Check(FarmFile, value)) return { problems };
  return { config: completeFarm(value) };
}

export function readRepositoryConfig(value: unknown): ConfigRead<RepositoryConfig> {
  const problems = allProblems(RepositoryFile, value, repositoryRules);
  if (problems.length > 0 || !Value.Check(RepositoryFile, value)) return { problems };
  return { config: repositoryConfig(value) };
}

/** The schema's and the rules', one for each place, at most as many as a person would read. */
function allProblems(
  schema: TSchema,
  value: unknown,
  rules: (value: unknown) => readonly ConfigProblem[],
): readonly ConfigProblem[] {
  const places = new Map<string, ConfigProblem>();
  const all = [...shapeProblems(schema, value, configLimits.problems + 1), ...rules(value)];
  for (const problem of all) if (!places.has(problem.path)) places.set(problem.path, problem);
  const problems = [...places.values()];
  if (problems.length <= configLimits.problems) return problems;
  const more = problemAt([], 'There are more problems than these', 'Mend these first, then check again');
  return [...problems.slice(0, configLimits.problems), more];
}
