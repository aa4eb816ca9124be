/** From checked files to complete configurations: every default filled in, durations in ms, sizes in bytes. */
import {
  builderDefaults,
  hostTypeDefaults,
  localBuilder,
  localHostType,
  policyDefaults,
  repositoryDefaults,
} from './defaults.ts';
import { parseDuration } from './duration.ts';
import type { FarmFile } from './farm-schema.ts';
import type { RepositoryFile } from './repository-schema.ts';
import { parseSize } from './size.ts';
import type { Builder, FarmConfig, HostType, KeepRule, Policies, Repository } from './types.ts';

/** One recipe of a `croft.json`; null: not said there. */
export interface RepositoryRecipe {
  readonly steps: readonly string[] | null;
  readonly env: Readonly<Record<string, string>>;
  readonly artifacts: readonly string[] | null;
  readonly timeoutMs: number | null;
  readonly silenceMs: number | null;
}

/** A checked `croft.json`. Sections stand in the order of the file. */
export interface RepositoryConfig {
  readonly top: RepositoryRecipe;
  readonly sections: readonly { readonly glob: string; readonly recipe: RepositoryRecipe }[];
}

/** `file` has passed the schema and the rules. */
export function completeFarm(file: FarmFile): FarmConfig {
  return {
    name: file.name ?? 'Croft',
    repositories: file.repositories.map(completeRepository),
    hostTypes: file.hostTypes?.map(completeHostType) ?? [localHostType],
    builders: file.builders?.map(completeBuilder) ?? [localBuilder],
    policies: completePolicies(file.policies ?? {}),
  };
}

function completeRepository(file: FarmFile['repositories'][number]): Repository {
  return {
    name: file.name,
    url: file.url,
    branches: file.branches ?? repositoryDefaults.branches,
    builders: file.builders ?? repositoryDefaults.builders,
    history: file.history ?? repositoryDefaults.history,
    pollMs: parseDuration(file.poll) ?? repositoryDefaults.pollMs,
  };
}

function completeHostType(file: NonNullable<FarmFile['hostTypes']>[number]): HostType {
  return {
    name: file.name,
    os: file.os ?? hostTypeDefaults.os,
    arch: file.arch ?? hostTypeDefaults.arch,
    labels: file.labels ?? hostTypeDefaults.labels,
    expected: file.expected ?? hostTypeDefaults.expected,
  };
}

function completeBuilder(file: NonNullable<FarmFile['builders']>[number]): Builder {
  return {
    name: file.name,
    hostType: file.hostType,
    steps: file.steps ?? builderDefaults.steps,
    env: file.env ?? builderDefaults.env,
    secrets: file.secrets ?? builderDefaults.secrets,
    timeoutMs: parseDuration(file.timeout) ?? builderDefaults.timeoutMs,
    silenceMs: parseDuration(file.silence) ?? builderDefaults.silenceMs,
    artifacts: file.artifacts ?? builderDefaults.artifacts,
    attempts: file.attempts ?? builderDefaults.attempts,
    priority: file.priority ?? builderDefaults.priority,
  };
}

function completePolicies(file: NonNullable<FarmFile['policies']>): Policies {
  return {
    anonymousReading: file.anonymousReading ?? policyDefaults.anonymousReading,
    logBytes: parseSize(file.logSize) ?? policyDefaults.logBytes,
    awayMs: parseDuration(file.away) ?? policyDefaults.awayMs,
    quarantineAfter: file.quarantineAfter ?? policyDefaults.quarantineAfter,
    weights: {
      interactive: file.weights?.interactive ?? policyDefaults.weights.interactive,
      try: file.weights?.try ?? policyDefaults.weights.try,
      'post-submit': file.weights?.['post-submit'] ?? policyDefaults.weights['post-submit'],
      backfill: file.weights?.backfill ?? policyDefaults.weights.backfill,
    },
    retention: {
      logs: completeKeepRule(file.retention?.logs),
      artifacts: completeKeepRule(file.retention?.artifacts),
      archives: completeKeepRule(file.retention?.archives),
      mirrors: completeKeepRule(file.retention?.mirrors),
    },
  };
}

function completeKeepRule(file: { age?: string | number; size?: string | number } = {}): KeepRule {
  return { ageMs: parseDuration(file.age), bytes: parseSize(file.size) };
}

/** `file` has passed the schema and the rules. */
export function repositoryConfig(file: RepositoryFile): RepositoryConfig {
  const sections = Object.entries(file.builders ?? {});
  return {
    top: recipeOf(file),
    sections: sections.map(([glob, section]) => ({ glob, recipe: recipeOf(section) })),
  };
}

function recipeOf(file: Omit<RepositoryFile, '$schema' | 'builders'>): RepositoryRecipe {
  return {
    steps: file.steps ?? null,
    env: file.env ?? {},
    artifacts: file.artifacts ?? null,
    timeoutMs: parseDuration(file.timeout),
    silenceMs: parseDuration(file.silence),
  };
}
