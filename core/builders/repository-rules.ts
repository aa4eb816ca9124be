/** What the schema of `croft.json` can't say. */
import { configLimits } from './config-limits.ts';
import {
  artifactRules,
  durationRules,
  entriesOf,
  envRules,
  fieldOf,
  type Path,
  problemAt,
  type Range,
  stepRules,
} from './field-rules.ts';
import { globProblem } from './glob.ts';
import type { ConfigProblem } from './types.ts';

const anyDuration: Range = { min: configLimits.minDurationMs, max: configLimits.maxDurationMs };

/** `value` is the file as it stands, right or wrong. */
export function repositoryRules(value: unknown): readonly ConfigProblem[] {
  const sections = entriesOf(fieldOf(value, 'builders'));
  return [
    ...recipeRules(value, []),
    ...sections.flatMap(([glob, section]) => {
      const path = ['builders', glob];
      const problem = globProblem(glob);
      return [
        ...(problem === null
          ? []
          : [problemAt(path, problem, 'Name a builder, or write a glob such as "linux-*"')]),
        ...(glob.startsWith('!') && problem === null
          ? [
              problemAt(
                path,
                'A section can only be for builders',
                'Remove "!" and name the builders it is for',
              ),
            ]
          : []),
        ...recipeRules(section, path),
      ];
    }),
  ];
}

function recipeRules(value: unknown, path: Path): readonly ConfigProblem[] {
  return [
    ...stepRules(fieldOf(value, 'steps'), [...path, 'steps']),
    ...envRules(fieldOf(value, 'env'), [...path, 'env']),
    ...artifactRules(fieldOf(value, 'artifacts'), [...path, 'artifacts']),
    ...durationRules(fieldOf(value, 'timeout'), [...path, 'timeout'], anyDuration),
    ...durationRules(fieldOf(value, 'silence'), [...path, 'silence'], anyDuration),
  ];
}
