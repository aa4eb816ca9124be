/** What a configuration that leaves a field out gets. The only place that knows. */
import type { Builder, HostType, KeepRule, Policies, Repository } from './types.ts';

export const repositoryDefaults: Omit<Repository, 'name' | 'url'> = {
  branches: [],
  builders: ['*'],
  history: 20,
  pollMs: 30_000,
};

export const hostTypeDefaults: Omit<HostType, 'name'> = { os: null, arch: null, labels: [], expected: 0 };

export const builderDefaults: Omit<Builder, 'name' | 'hostType'> = {
  steps: null,
  env: {},
  secrets: {},
  timeoutMs: 3_600_000,
  silenceMs: 15 * 60_000,
  artifacts: [],
  attempts: 3,
  priority: 0,
};

/** Nothing that somebody may want to see goes unless the operator says so. */
const keepAll: KeepRule = { ageMs: null, bytes: null };

export const policyDefaults: Policies = {
  anonymousReading: true,
  logBytes: 1024 ** 3,
  // Fifteen seconds pass before silence is noticed; both together stay under the minute that work may be held up.
  awayMs: 30_000,
  quarantineAfter: 3,
  weights: { interactive: 1_000, try: 100, 'post-submit': 10, backfill: 1 },
  retention: { logs: keepAll, artifacts: keepAll, archives: keepAll, mirrors: keepAll },
};

/** The host type that any machine fits, and the builder that leaves everything to the repository. */
export const localHostType: HostType = { name: 'local', ...hostTypeDefaults };
export const localBuilder: Builder = { name: 'local', hostType: 'local', ...builderDefaults };
