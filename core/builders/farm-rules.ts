/** What must agree between the parts of a farm's file, and what its schema can't say of single fields. */
import { configLimits } from './config-limits.ts';
import { policyDefaults } from './defaults.ts';
import {
  artifactRules,
  durationRules,
  envRules,
  fieldOf,
  globRules,
  itemsOf,
  type Path,
  problemAt,
  type Range,
  secretRules,
  sizeRules,
  stepRules,
} from './field-rules.ts';
import { matchesGlobs } from './glob.ts';
import { nearest } from './nearest.ts';
import type { ConfigProblem } from './types.ts';
import { urlRules } from './url-rules.ts';

const anyDuration: Range = { min: configLimits.minDurationMs, max: configLimits.maxDurationMs };

/** `value` is the file as it stands, right or wrong. */
export function farmRules(value: unknown): readonly ConfigProblem[] {
  const builders = itemsOf(fieldOf(value, 'builders'));
  const hostTypes = itemsOf(fieldOf(value, 'hostTypes'));
  const repositories = itemsOf(fieldOf(value, 'repositories'));
  const known = {
    // A list that is left out has the one entry that stands in for it.
    builders: fieldOf(value, 'builders') === undefined ? ['local'] : namesOf(builders),
    hostTypes: fieldOf(value, 'hostTypes') === undefined ? ['local'] : namesOf(hostTypes),
  };
  return [
    ...twice(repositories, 'repositories'),
    ...repositories.flatMap((item, index) => repositoryRules(item, ['repositories', index], known.builders)),
    ...twice(hostTypes, 'hostTypes'),
    ...twice(builders, 'builders'),
    ...builders.flatMap((item, index) => builderRules(item, ['builders', index], known.hostTypes)),
    ...(fieldOf(value, 'builders') === undefined && !known.hostTypes.includes('local')
      ? [noLocalHostType(known.hostTypes)]
      : []),
    ...policyRules(fieldOf(value, 'policies')),
  ];
}

function namesOf(items: readonly unknown[]): readonly string[] {
  return items.map((item) => fieldOf(item, 'name')).filter((name) => typeof name === 'string');
}

/** Names differ by more than capitals: they become names of folders, and some file systems don't tell `A` from `a`. */
function twice(items: readonly unknown[], list: string): readonly ConfigProblem[] {
  const firsts = new Map<string, number>();
  return items.flatMap((item, index) => {
    const name = fieldOf(item, 'name');
    if (typeof name !== 'string') return [];
    const first = firsts.get(name.toLowerCase());
    if (first === undefined) {
      firsts.set(name.toLowerCase(), index);
      return [];
    }
    const problem = `The name ${JSON.stringify(name)} is taken by ${list}[${first}]`;
    return [problemAt([list, index, 'name'], problem, 'Give one of the two another name')];
  });
}

function repositoryRules(item: unknown, path: Path, builders: readonly string[]): readonly ConfigProblem[] {
  return [
    ...urlRules(fieldOf(item, 'url'), [...path, 'url']),
    ...globRules(fieldOf(item, 'branches'), [...path, 'branches']),
    ...globRules(fieldOf(item, 'builders'), [...path, 'builders']),
    ...matchingNothing(fieldOf(item, 'builders'), [...path, 'builders'], builders),
    ...durationRules(fieldOf(item, 'poll'), [...path, 'poll'], anyDuration),
  ];
}

function matchingNothing(value: unknown, path: Path, builders: readonly string[]): readonly ConfigProblem[] {
  const globs = itemsOf(value);
  if (Array.isArray(value) && globs.length === 0) {
    return [
      problemAt(path, 'No builder builds this repository', 'Name builders, or leave the field out for all'),
    ];
  }
  return globs.flatMap((glob, index) => {
    if (typeof glob !== 'string' || glob === '') return [];
    const name = glob.startsWith('!') ? glob.slice(1) : glob;
    if (builders.some((builder) => matchesGlobs([name], builder))) return [];
    const problem = `No builder matches ${JSON.stringify(glob)}`;
    return [problemAt([...path, index], problem, oneOf(name, builders, 'builder'))];
  });
}

function builderRules(item: unknown, path: Path, hostTypes: readonly string[]): readonly ConfigProblem[] {
  const hostType = fieldOf(item, 'hostType');
  const missing = typeof hostType === 'string' && hostType !== '' && !hostTypes.includes(hostType);
  return [
    ...(missing
      ? [
          problemAt(
            [...path, 'hostType'],
            `There is no host type ${JSON.stringify(hostType)}`,
            oneOf(hostType, hostTypes, 'host type'),
          ),
        ]
      : []),
    ...stepRules(fieldOf(item, 'steps'), [...path, 'steps']),
    ...envRules(fieldOf(item, 'env'), [...path, 'env']),
    ...secretRules(fieldOf(item, 'secrets'), fieldOf(item, 'env'), [...path, 'secrets']),
    ...artifactRules(fieldOf(item, 'artifacts'), [...path, 'artifacts']),
    ...durationRules(fieldOf(item, 'timeout'), [...path, 'timeout'], anyDuration),
    ...durationRules(fieldOf(item, 'silence'), [...path, 'silence'], anyDuration),
  ];
}

function noLocalHostType(hostTypes: readonly string[]): ConfigProblem {
  return problemAt(
    ['builders'],
    'There are host types of your own and no builder that uses them',
    `Add a builder, for example { "name": "${hostTypes[0] ?? 'linux'}", "hostType": "${hostTypes[0] ?? 'linux'}" }`,
  );
}

function policyRules(policies: unknown): readonly ConfigProblem[] {
  const away: Range = { min: 0, max: configLimits.maxAwayMs };
  const logs: Range = { min: configLimits.minLogBytes, max: configLimits.maxLogBytes };
  return [
    ...durationRules(fieldOf(policies, 'away'), ['policies', 'away'], away),
    ...sizeRules(fieldOf(policies, 'logSize'), ['policies', 'logSize'], logs),
    ...retentionRules(fieldOf(policies, 'retention'), ['policies', 'retention']),
  ];
}

function retentionRules(retention: unknown, path: Path): readonly ConfigProblem[] {
  const age: Range = { min: configLimits.minKeptMs, max: configLimits.maxKeptMs };
  const size: Range = { min: configLimits.minKeptBytes, max: configLimits.maxKeptBytes };
  return Object.keys(policyDefaults.retention).flatMap((kind) => [
    ...durationRules(fieldOf(fieldOf(retention, kind), 'age'), [...path, kind, 'age'], age),
    ...sizeRules(fieldOf(fieldOf(retention, kind), 'size'), [...path, kind, 'size'], size),
  ]);
}

function oneOf(word: string, names: readonly string[], what: string): string {
  const meant = nearest(word, names);
  if (meant !== null) return `Did you mean ${JSON.stringify(meant)}?`;
  if (names.length === 0) return `There is no ${what} yet; add one`;
  const few = names.slice(0, 10).join(', ');
  return `Write one of: ${few}${names.length > 10 ? ` and ${names.length - 10} more` : ''}`;
}
