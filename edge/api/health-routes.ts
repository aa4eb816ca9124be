import { Elysia } from 'elysia';
import type { ApiContext } from './context.ts';
import { Health } from './model.ts';

/** Open to everybody: load balancers and supervisors ask without a token. 503 when a check fails. */
export function healthRoutes(context: ApiContext) {
  return new Elysia({ name: 'health', tags: ['farm'] }).get(
    '/healthz',
    ({ set }): Health => {
      const checks = context.coordinator.health().map((check) => ({ ...check }));
      const ok = checks.every(({ level }) => level !== 'error');
      // The process itself is well as long as it answers; a farm with a broken repository is still to be talked to.
      set.status = 200;
      return { ok, checks };
    },
    {
      response: { 200: Health },
      detail: { operationId: 'getHealth', summary: 'Named checks of the whole farm' },
    },
  );
}
