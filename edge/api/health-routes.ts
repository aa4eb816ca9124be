import { Elysia } from 'elysia';
import { allows } from '../../core/access/index.ts';
import type { ApiContext } from './context.ts';
import { Health } from './model.ts';

/**
 * Open to everybody: load balancers and supervisors ask without a token. 200 as long as the process answers: a farm with a broken
 * repository is still to be talked to. What the checks say is for those who may read.
 */
export function healthRoutes(context: ApiContext) {
  return new Elysia({ name: 'health', tags: ['farm'] }).get(
    '/healthz',
    async ({ request }): Promise<Health> => {
      const identity = await context.identifier.identify(request, context.addressOf(request));
      const checks = context.coordinator.health();
      const ok = checks.every(({ level }) => level !== 'error');
      return { ok, checks: allows(identity, 'read') ? checks.map((check) => ({ ...check })) : [] };
    },
    {
      response: { 200: Health },
      detail: { operationId: 'getHealth', summary: 'Named checks of the whole farm' },
    },
  );
}
