/** The recipe of one build: the farm's, else the repository's, else what is detected. */
import { faultProblem, tooLarge } from './check-config.ts';
import { configLimits } from './config-limits.ts';
import { shortened } from './config-path.ts';
import { type DetectedStep, detect, detectedKinds } from './detect/index.ts';
import { formatDuration } from './duration.ts';
import type { RepositoryRecipe } from './fill-in.ts';
import { readJson } from './json-text.ts';
import type { CommitFiles } from './ports.ts';
import { readRepositoryConfig } from './read-config.ts';
import { recipeFor } from './repository-recipe.ts';
import type { Builder, ConfigProblem, Plan, Planned, PlanOrigin } from './types.ts';

const repositoryFile = 'croft.json';
const farmFile = "the farm's configuration";
const nothingSaid: RepositoryRecipe = {
  steps: null,
  env: {},
  artifacts: null,
  timeoutMs: null,
  silenceMs: null,
};

/**
 * Never runs code of the commit. A commit that has no recipe, or a broken one, is refused with what to do about it; rejects
 * only when its files can't be read.
 */
export async function planBuild(builder: Builder, files: CommitFiles): Promise<Planned> {
  if (builder.steps !== null) return planned(builder, nothingSaid, ownSteps(builder, builder.steps));
  const names = await files.listRoot();
  const read = names.includes(repositoryFile) ? await readRecipe(builder.name, files) : nothingSaid;
  if ('problems' in read) return { outcome: 'refused', problems: read.problems };
  if (read.steps !== null) return planned(builder, read, repositorySteps(builder, read, read.steps));
  const found = await detect({
    listRoot: async () => names,
    read: (path, maxBytes) => files.read(path, maxBytes),
  });
  if (found === null) return { outcome: 'refused', problems: [nothingDetected(read)] };
  if (found.outcome === 'unreadable') return { outcome: 'refused', problems: [found.problem] };
  return planned(builder, read, {
    steps: found.steps,
    env: found.env,
    origin: {
      kind: 'detected',
      file: found.file,
      why: [found.why, ...cuts(builder, read)].join(' '),
      change: `To build it in another way, add a file croft.json at the root of the repository with steps of your own, for example ${exampleFile(found.example)}`,
    },
  });
}

interface Chosen {
  readonly steps: readonly DetectedStep[];
  readonly env: Readonly<Record<string, string>>;
  readonly origin: PlanOrigin;
}

/** The farm's word is the last on everything: its variables win, and its limits can only be made tighter. */
function planned(builder: Builder, recipe: RepositoryRecipe, chosen: Chosen): Planned {
  const plan: Plan = {
    steps: chosen.steps.map(({ name, script }) => ({ name, script })),
    env: { ...chosen.env, ...recipe.env, ...builder.env },
    timeoutMs: Math.min(builder.timeoutMs, recipe.timeoutMs ?? builder.timeoutMs),
    silenceMs: Math.min(builder.silenceMs, recipe.silenceMs ?? builder.silenceMs),
    artifacts: [...new Set([...builder.artifacts, ...(recipe.artifacts ?? [])])],
    origin: chosen.origin,
  };
  return { outcome: 'planned', plan };
}

function ownSteps(builder: Builder, steps: readonly string[]): Chosen {
  return {
    steps: steps.map(namedStep),
    env: {},
    origin: {
      kind: 'builder',
      file: farmFile,
      why: `The farm's configuration gives builder "${builder.name}" its own steps.`,
      change: `Change the steps of builder "${builder.name}" in the farm's configuration, or remove them there so that croft.json in the repository decides.`,
    },
  };
}

function repositorySteps(builder: Builder, recipe: RepositoryRecipe, steps: readonly string[]): Chosen {
  return {
    steps: steps.map(namedStep),
    env: {},
    origin: {
      kind: 'repository',
      file: repositoryFile,
      why: [
        `croft.json at the root of this commit gives the steps for builder "${builder.name}".`,
        ...cuts(builder, recipe),
      ].join(' '),
      change:
        'Change croft.json in the repository; each commit is built by the croft.json that it has itself.',
    },
  };
}

/** What the repository asked for and does not get. */
function cuts(builder: Builder, recipe: RepositoryRecipe): readonly string[] {
  function cut(what: string, asked: number | null, allowed: number): readonly string[] {
    return asked === null || asked <= allowed
      ? []
      : [
          `Its ${what} of ${formatDuration(asked)} is more than the farm allows, so ${formatDuration(allowed)} holds.`,
        ];
  }
  return [
    ...cut('timeout', recipe.timeoutMs, builder.timeoutMs),
    ...cut('silence', recipe.silenceMs, builder.silenceMs),
  ];
}

/** Called by the comment that it begins with, else by its first line. */
function namedStep(script: string): DetectedStep {
  const lines = script.split('\n').map((line) => line.trim());
  const titled = /^#+ *(?!!)(\S.*)$/.exec(lines.find((line) => line !== '') ?? '')?.[1];
  const first = lines.find((line) => line !== '' && !line.startsWith('#')) ?? script.trim();
  return { name: shortened(titled ?? first, 80), script };
}

async function readRecipe(
  builder: string,
  files: CommitFiles,
): Promise<RepositoryRecipe | { readonly problems: readonly ConfigProblem[] }> {
  const file = await files.read(repositoryFile, configLimits.repositoryFileBytes);
  if (file === null) return { problems: inFile([notAFile]) };
  if (file.cut) return { problems: inFile([tooLarge]) };
  const json = readJson(file.text);
  if ('fault' in json) return { problems: inFile([faultProblem(json.fault)]) };
  const read = readRepositoryConfig(json.value);
  if ('problems' in read) return { problems: inFile(read.problems) };
  return recipeFor(read.config, builder);
}

/** A build's page shows the problem far from the file, so the place says which file it is in. */
function inFile(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return problems.map((problem) => ({ ...problem, path: `${repositoryFile}, ${problem.path}` }));
}

const notAFile: ConfigProblem = {
  path: 'the whole file',
  problem: 'It is a link, and Croft follows none',
  fix: 'Put the file itself at the root of the repository',
};

function nothingDetected(recipe: RepositoryRecipe): ConfigProblem {
  const said = recipe === nothingSaid ? 'There is no croft.json here' : 'croft.json names no steps';
  return {
    path: repositoryFile,
    problem: `${said}, and nothing that Croft knows how to build: ${detectedKinds}`,
    fix: `Add a file croft.json at the root of the repository that says what to run, for example ${exampleFile(['make', 'make test'])}. Each step is a shell script, run in the root of the checkout; the first that fails ends the build`,
  };
}

function exampleFile(steps: readonly string[]): string {
  return `{ "steps": [${steps.map((step) => JSON.stringify(step)).join(', ')}] }`;
}
