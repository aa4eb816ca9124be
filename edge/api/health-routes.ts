import { Elysia } from 'elysia';
import { allows, type Identity } from '../../core/access/index.ts';
import type { HealthCheck as CoreCheck } from '../../core/health/index.ts';
import { type ApiContext, identified } from './context.ts';
import { Health, HealthHistory } from './model.ts';
import { iso } from './present.ts';

/** Load balancers and supervisors go by the status of the answer: only a farm that can't do its work is one to stay away from. */
const statusOf = { ok: 200, degraded: 200, failing: 503 } as const;

/** Open to everybody: load balancers and supervisors ask without a token. What the checks say is for those who may read. */
export function healthRoutes(context: ApiContext) {
  const { health } = context.coordinator;

  function report(identity: Identity): Health {
    const { status, checks } = health.report();
    const ok = checks.every(({ level }) => level !== 'error');
    return { status, ok, checks: allows(identity, 'read') ? checks.map(presentCheck) : [] };
  }

  return new Elysia({ name: 'health', tags: ['farm'] })
    .get(
      '/healthz',
      async ({ request, status }) => {
        const identity = await context.identifier.identify(request, context.addressOf(request));
        const answer = report(identity);
        return status(statusOf[answer.status], answer);
      },
      {
        response: { 200: Health, 503: Health },
        detail: { operationId: 'getHealth', summary: 'Named checks of the whole farm' },
      },
    )
    .use(historyRoutes(context));
}

function historyRoutes(context: ApiContext) {
  function history(): HealthHistory {
    const { everyMs, samples } = context.coordinator.health.history();
    return { everyMs, items: samples.map(({ at, ...sample }) => ({ at: iso(at), ...sample })) };
  }
  return new Elysia({ name: 'health-history', prefix: '/api/v1', tags: ['farm'] })
    .use(identified(context, { reading: 'read', acting: 'admin' }))
    .get('/health/history', () => history(), {
      response: HealthHistory,
      detail: { operationId: 'getHealthHistory', summary: "The last hour of the farm's main figures" },
    });
}

function presentCheck({ name, status, level, text, since }: CoreCheck): Health['checks'][number] {
  return { name, status, message: text, since: iso(since), level, text };
}
