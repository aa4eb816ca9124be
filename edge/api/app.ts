/** All controllers as one Elysia app. Driven by `app.handle(request)`, in production as in tests. */
import { Elysia } from 'elysia';
import { invalidInput } from '../../agent/wire/farm-error.ts';
import { farmSchema, repositorySchema } from '../../core/builders/index.ts';
import { dashboardRoutes } from '../dashboard-json/routes.ts';
import { gitHook } from '../hooks/git.ts';
import type { ApiContext } from './context.ts';
import { healthRoutes } from './health-routes.ts';
import { metricsRoutes } from './metrics-routes.ts';
import { openapiDocument } from './openapi-document.ts';
import { errorOf, problemResponse, statusOf } from './problem.ts';
import { buildLogRoutes } from './routes/build-log.ts';
import { buildRoutes } from './routes/builds.ts';
import { commitRoutes } from './routes/commits.ts';
import { eventRoutes } from './routes/events.ts';
import { farmRoutes } from './routes/farm.ts';
import { joinTokenRoutes } from './routes/join-tokens.ts';
import { machineRoutes } from './routes/machines.ts';
import { queueRoutes } from './routes/queue.ts';
import { retentionRoutes } from './routes/retention.ts';
import { tokenRoutes } from './routes/tokens.ts';
import { unknownPath } from './unknown-path.ts';

/** What a typed client of Elysia (Eden) is made from. */
export type App = ReturnType<typeof createApp>;

/** Documents about the API and the configuration, which are none of its resources. */
const hiddenPaths = ['/openapi.json', '/schema/farm.json', '/schema/croft.json'];

export function createApp(context: ApiContext) {
  const log = context.log.with({ part: 'api' });
  let document: ReturnType<typeof openapiDocument> | null = null;
  const app = new Elysia({ normalize: true, aot: true })
    .onError({ as: 'global' }, ({ code, error, request, route }) => {
      context.onRoute(request, code === 'NOT_FOUND' ? '' : route);
      const requestId = context.ids.next('req');
      if (code === 'NOT_FOUND') {
        const { error: unknown, allowed } = unknownPath(app.routes, request);
        if (allowed.length === 0) return problemResponse(unknown, { requestId });
        return problemResponse(unknown, { requestId, status: 405, headers: { allow: allowed.join(', ') } });
      }
      const farmError = errorOf(code, error, request);
      if (statusOf[farmError.code] >= 500 && farmError.code !== 'shutting_down') {
        log.error('request.failed', {
          request: requestId,
          path: new URL(request.url).pathname,
          code: farmError.code,
          message: farmError.message,
          cause: farmError.cause instanceof Error ? farmError.cause.stack : undefined,
        });
      }
      return problemResponse(farmError, { requestId });
    })
    .onRequest(({ request }) => {
      if (!hasForeignBody(request)) return undefined;
      const error = invalidInput('Content-Type', 'must be application/json');
      return problemResponse(error, { requestId: context.ids.next('req'), status: 415 });
    })
    // Elysia's own passes over JSON that is broken where a body may be left out.
    .onParse({ as: 'global' }, async ({ request }) =>
      request.body === null ? undefined : JSON.parse(await request.text()),
    )
    .onTransform({ as: 'global' }, ({ body, request, route }) => {
      context.onRoute(request, route);
      // Every body here is an object, and Elysia lets anything pass for one that may be left out.
      if (body !== undefined && (typeof body !== 'object' || body === null || Array.isArray(body)))
        throw invalidInput('body', 'must be an object');
    })
    .use(healthRoutes(context))
    .use(metricsRoutes(context))
    .use(farmRoutes(context))
    .use(commitRoutes(context))
    .use(buildRoutes(context))
    .use(buildLogRoutes(context))
    .use(queueRoutes(context))
    .use(machineRoutes(context))
    .use(joinTokenRoutes(context))
    .use(tokenRoutes(context))
    .use(retentionRoutes(context))
    .use(eventRoutes(context))
    .use(gitHook(context))
    .use(dashboardRoutes(context))
    .get('/openapi.json', () => {
      document ??= openapiDocument(app, { version: context.version, hidden: hiddenPaths });
      return document;
    })
    .get('/schema/farm.json', () => farmSchema)
    .get('/schema/croft.json', () => repositorySchema);
  return app;
}

/** A body without a type counts: it would be passed over in silence. */
function hasForeignBody(request: Request): boolean {
  if (request.body === null) return false;
  const type = request.headers.get('content-type');
  return type === null || !/^application\/([a-z0-9.+-]*\+)?json\b/i.test(type);
}
