import { Elysia, t } from 'elysia';
import { withoutUrlSecrets } from '../../../agent/kit/url-secrets.ts';
import type { Identity } from '../../../core/access/index.ts';
import { matchesGlobs } from '../../../core/builders/index.ts';
import { type ApiContext, identified } from '../context.ts';
import { Builder, Farm, listOf, Repository } from '../model.ts';
import { iso } from '../present.ts';

export function farmRoutes(context: ApiContext) {
  const { coordinator } = context;
  const config = () => coordinator.settings.state().config;

  function farm(identity: Identity): Farm {
    const state = coordinator.settings.state();
    const { waiting, running } = coordinator.builds.counts();
    const machines = coordinator.machines.list().filter(({ machine }) => machine.revokedAt === null);
    const here = machines.filter(({ presence }) => presence.connected);
    const slots = here.flatMap((snapshot) => snapshot.slots);
    return {
      name: state.config.name,
      version: context.version,
      environment: context.environment,
      startedAt: iso(context.startedAt),
      anonymousReading: state.config.policies.anonymousReading,
      config: {
        file: state.file,
        loadedAt: iso(state.loadedAt),
        broken:
          state.broken === null
            ? null
            : {
                at: iso(state.broken.at),
                problems: state.broken.problems.map((problem) => ({ ...problem })),
              },
      },
      counts: {
        waiting,
        running,
        machines: machines.length,
        machinesConnected: here.length,
        slots: slots.length,
        busySlots: slots.filter((slot) => slot.state === 'busy').length,
      },
      limits: { ...context.limits },
      logLevel: context.logLevel,
      you: { name: identity.name, scopes: [...identity.scopes] },
    };
  }

  async function repositories(): Promise<Repository[]> {
    const states = new Map((await coordinator.commits.states()).map((state) => [state.repo, state]));
    return config().repositories.map((repository) => {
      const state = states.get(repository.name);
      return {
        name: repository.name,
        url: withoutUrlSecrets(repository.url),
        defaultBranch: state?.defaultBranch ?? null,
        branches: (state?.heads ?? []).map(({ branch, hash }) => ({ name: branch, head: hash })),
        builders: buildersOf(repository.builders),
        lastCheckedAt: state?.lastCheckedAt == null ? null : iso(state.lastCheckedAt),
        lastError: state?.lastError ?? null,
      };
    });
  }

  function buildersOf(globs: readonly string[]): string[] {
    return config()
      .builders.map(({ name }) => name)
      .filter((name) => matchesGlobs(globs, name));
  }

  function builders(): Builder[] {
    const { repositories: watched } = config();
    return config().builders.map((builder) => ({
      name: builder.name,
      hostType: builder.hostType,
      steps: builder.steps === null ? null : [...builder.steps],
      timeoutMs: builder.timeoutMs,
      silenceMs: builder.silenceMs,
      artifacts: [...builder.artifacts],
      attempts: builder.attempts,
      priority: builder.priority,
      repositories: watched
        .filter(({ builders: globs }) => matchesGlobs(globs, builder.name))
        .map(({ name }) => name),
      usualMs: roundedOrNull(coordinator.builds.usualMs(builder.name)),
    }));
  }

  return new Elysia({ name: 'farm', prefix: '/api/v1', tags: ['farm'] })
    .use(identified(context, { reading: 'read', acting: 'admin' }))
    .get('/farm', ({ identity }) => farm(identity), {
      response: Farm,
      detail: { operationId: 'getFarm', summary: 'The farm, its configuration and who you are' },
    })
    .get('/repositories', async () => ({ items: await repositories() }), {
      response: listOf(Repository),
      detail: { operationId: 'listRepositories', summary: 'Watched repositories and how watching goes' },
    })
    .get('/builders', () => ({ items: builders() }), {
      response: listOf(Builder),
      detail: { operationId: 'listBuilders', summary: 'Builders as configured' },
    })
    .post(
      '/config/reload',
      async ({ identity }) => {
        await coordinator.settings.reload();
        return farm(identity);
      },
      {
        body: t.Optional(t.Object({})),
        response: Farm,
        detail: { operationId: 'reloadConfig', summary: 'Read the configuration file now' },
      },
    );
}

function roundedOrNull(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms);
}
