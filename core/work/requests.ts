/** What people ask for: checked, and turned into a build to create. */
import { FarmError, invalidInput } from '../../agent/wire/farm-error.ts';
import type { Builder, FarmConfig } from '../builders/types.ts';
import { type Build, isFinished } from '../builds/types.ts';
import type { Commit } from '../source/types.ts';
import { buildersOf, type WantedBuild } from './wanted.ts';

/** Rejects what names a repository or a builder that does not exist, or that do not go together. */
export function requestedBuilder(
  config: FarmConfig,
  op: { readonly repo: string; readonly builder: string },
): Builder {
  const repository = config.repositories.find(({ name }) => name === op.repo);
  if (repository === undefined) {
    const names = config.repositories.map(({ name }) => name);
    throw invalidInput('repo', `no repository is called ${JSON.stringify(op.repo)}; ${there(names)}`);
  }
  const allowed = buildersOf(config, repository);
  const builder = allowed.find(({ name }) => name === op.builder);
  if (builder !== undefined) return builder;
  const names = allowed.map(({ name }) => name);
  const problem = `no builder of repository "${op.repo}" is called ${JSON.stringify(op.builder)}`;
  throw invalidInput('builder', `${problem}; ${there(names)}`);
}

function there(names: readonly string[]): string {
  if (names.length === 0) return 'there are none';
  const more = names.length > 20 ? ` and ${names.length - 20} more` : '';
  return `there are ${names.slice(0, 20).join(', ')}${more}`;
}

/** `place`: where the farm's own build of the commit stands in a branch, if there is one. */
export function requestedBuild(
  builder: Builder,
  commit: Commit,
  asked: { readonly place: Pick<Build, 'branch' | 'position'> | null; readonly requestedBy: string },
): WantedBuild {
  return {
    repo: commit.repo,
    commit: commit.hash,
    builder: builder.name,
    hostType: builder.hostType,
    class: 'interactive',
    priority: builder.priority,
    branch: asked.place?.branch ?? null,
    position: asked.place?.position ?? null,
    commitAt: commit.committedAt,
    trigger: 'request',
    retryOf: null,
    requestedBy: asked.requestedBy,
    maxAttempts: builder.attempts,
  };
}

/** On the builder as it is configured now: a retry after its host type was mended must not go to the old one. */
export function retryBuild(config: FarmConfig, build: Build, by: string): WantedBuild {
  if (!isFinished(build.state)) {
    throw conflict(`Build "${build.id}" is ${build.state}; cancel it, or wait for its end, before a retry`);
  }
  if (!config.repositories.some(({ name }) => name === build.repo)) {
    throw conflict(`Repository "${build.repo}" of build "${build.id}" is no longer in the configuration`);
  }
  const builder = config.builders.find(({ name }) => name === build.builder);
  if (builder === undefined) {
    throw conflict(`Builder "${build.builder}" of build "${build.id}" is no longer in the configuration`);
  }
  return {
    repo: build.repo,
    commit: build.commit,
    builder: builder.name,
    hostType: builder.hostType,
    class: 'interactive',
    priority: builder.priority,
    branch: build.branch,
    position: build.position,
    commitAt: build.commitAt,
    trigger: 'retry',
    retryOf: build.id,
    requestedBy: by,
    maxAttempts: builder.attempts,
  };
}

function conflict(message: string): FarmError {
  return new FarmError('conflict', message, { blame: 'caller' });
}
