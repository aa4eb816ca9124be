/** The configuration file of the farm in the bottle, in its variants: what an operator may change while everything runs. */
import { repositoryName, repositoryUrl } from './source.ts';
import type { Story } from './story.ts';

const policies = [
  { away: '30s', quarantineAfter: 3 },
  { away: '10s', quarantineAfter: 1 },
  { away: '2m', quarantineAfter: 1_000 },
  { away: '1m', quarantineAfter: 5, weights: { interactive: 1, try: 1, 'post-submit': 1, backfill: 1 } },
] as const;

export const brokenVariant = policies.length;

export function configContent(story: Story, variant: number): unknown {
  if (variant === brokenVariant) return { repositories: 'no list' };
  const hostTypes = [...new Set([...story.machines, ...story.builders].map(({ hostType }) => hostType))];
  return {
    name: 'Bottle',
    repositories: [{ name: repositoryName, url: repositoryUrl, branches: ['**'], history: 100, poll: '30s' }],
    hostTypes: hostTypes.map((name) => ({ name })),
    builders: story.builders.map((builder) => ({
      name: builder.name,
      hostType: builder.hostType,
      steps: Array.from({ length: builder.steps }, (_, step) => `sim step ${step}`),
      attempts: builder.attempts,
      timeout: '8h',
      silence: '4h',
      ...(builder.artifacts ? { artifacts: ['mark-*'] } : {}),
    })),
    policies: policies[variant],
  };
}
