/** All controllers as one Elysia app. Driven by `app.handle(request)`, in production as in tests. */
import { openapi } from '@elysiajs/openapi';
import { Elysia } from 'elysia';
import { FarmError, invalidInput } from '../../agent/wire/farm-error.ts';
import { farmSchema, repositorySchema } from '../../core/builders/index.ts';
import { demand } from '../auth/identify.ts';
import { dashboard } from '../dashboard-json/dashboard.ts';
import { gitHook } from '../hooks/git.ts';
import { findAttempt } from './build-detail.ts';
import type { ApiContext } from './context.ts';
import { healthRoutes } from './health-routes.ts';
import { errorOf, problemResponse, statusOf } from './problem.ts';
import { buildLogRoutes, plainTextHeaders } from './routes/build-log.ts';
import { buildRoutes, streamOf } from './routes/builds.ts';
import { commitRoutes } from './routes/commits.ts';
import { eventRoutes } from './routes/events.ts';
import { farmRoutes } from './routes/farm.ts';
import { machineRoutes } from './routes/machines.ts';
import { queueRoutes } from './routes/queue.ts';
import { tokenRoutes } from './routes/tokens.ts';

export type App = ReturnType<typeof createApp>;

export function createApp(context: ApiContext) {
  const log = context.log.with({ part: 'api' });
  const app = new Elysia({ normalize: true, aot: true })
    .onError({ as: 'global' }, ({ code, error, request }) => {
      const requestId = context.ids.next('req');
      if (code === 'NOT_FOUND') return unknownPath(request, requestId);
      const farmError = errorOf(code, error, request);
      if (statusOf[farmError.code] >= 500 && farmError.code !== 'shutting_down') {
        const cause = farmError.cause instanceof Error ? farmError.cause.stack : undefined;
        log.error('request.failed', {
          requestId,
          path: new URL(request.url).pathname,
          code: farmError.code,
          message: farmError.message,
          cause,
        });
      }
      return problemResponse(farmError, { requestId });
    })
    .onRequest(({ request }) => {
      const type = request.headers.get('content-type');
      const hasBody = (request.headers.get('content-length') ?? '0') !== '0';
      if (hasBody && type !== null && !/^application\/([a-z.+-]*\+)?json\b/i.test(type)) {
        return problemResponse(invalidInput('Content-Type', 'must be application/json'), {
          requestId: context.ids.next('req'),
          status: 415,
        });
      }
      return undefined;
    })
    .use(
      openapi({
        path: '/openapi-unused',
        specPath: '/openapi.json',
        provider: null,
        documentation: {
          info: {
            title: 'Croft',
            version: context.version,
            description:
              'A build farm that you own. Everything the pages show is read here. Errors are problem+json (RFC 9457).',
          },
          components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
          security: [{ bearer: [] }, {}],
        },
        exclude: { paths: ['/', '/openapi-unused', '/openapi.json', /^\/schema/, /^\/log\//] },
      }),
    )
    .use(healthRoutes(context))
    .use(farmRoutes(context))
    .use(commitRoutes(context))
    .use(buildRoutes(context))
    .use(buildLogRoutes(context))
    .use(queueRoutes(context))
    .use(machineRoutes(context))
    .use(tokenRoutes(context))
    .use(eventRoutes(context))
    .use(gitHook(context))
    .get('/schema/farm.json', () => farmSchema)
    .get('/schema/croft.json', () => repositorySchema)
    .get('/log/:id', async ({ params, request }) => {
      demand(await context.identifier.identify(request, context.addressOf(request)), 'read');
      const attempt = await findAttempt(context.coordinator, params.id, undefined);
      if (attempt === null)
        throw new FarmError('not_found', 'There is no such log', {
          blame: 'caller',
          details: { field: 'id' },
        });
      return new Response(streamOf(context.coordinator.logs.bytes(attempt.id)), {
        headers: plainTextHeaders,
      });
    });

  /** Another method of a path that exists is told as such, with those that it takes. */
  function unknownPath(request: Request, requestId: string): Response {
    const { pathname } = new URL(request.url);
    const methods = new Set(
      app.routes.filter(({ path }) => pattern(path).test(pathname)).map(({ method }) => method),
    );
    if (methods.size === 0 || methods.has(request.method)) {
      const error = new FarmError(
        'not_found',
        `There is nothing at ${pathname}; /openapi.json lists what there is`,
        { blame: 'caller', details: { field: 'path' } },
      );
      return problemResponse(error, { requestId });
    }
    const allowed = [...methods].join(', ');
    const error = new FarmError('not_found', `${pathname} takes ${allowed}, not ${request.method}`, {
      blame: 'caller',
      details: { field: 'method' },
    });
    return problemResponse(error, { requestId, status: 405, headers: { allow: allowed } });
  }
  return app;
}

/** Answers upstream's dashboard forms of `/`; null for a request that is for the pages. */
export async function dashboardAnswer(context: ApiContext, request: Request): Promise<Response | null> {
  const url = new URL(request.url);
  const mode = url.searchParams.get('mode');
  if (url.pathname !== '/' || mode === null) return null;
  try {
    demand(await context.identifier.identify(request, context.addressOf(request)), 'read');
    const { searchParams } = url;
    return await dashboard(context.coordinator, {
      mode,
      repo: searchParams.get('repo'),
      branch: searchParams.get('branch'),
      page: searchParams.get('page'),
      origin: context.publicUrl(),
    });
  } catch (error) {
    return problemResponse(errorOf('UNKNOWN', error), { requestId: context.ids.next('req') });
  }
}

const patterns = new Map<string, RegExp>();

function pattern(path: string): RegExp {
  const known =
    patterns.get(path) ??
    new RegExp(`^${path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z]+/g, '[^/]+')}/?$`);
  patterns.set(path, known);
  return known;
}
