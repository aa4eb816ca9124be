import { Elysia } from 'elysia';
import { type ApiContext, identified } from './context.ts';
import { foreign } from './raw-answers.ts';

/** What a Prometheus scrapes. It needs what any reader needs: nothing, or a token where reading is not open to all. */
export function metricsRoutes(context: ApiContext) {
  const { metrics } = context;
  return new Elysia({ name: 'metrics', tags: ['farm'] })
    .use(identified(context, { reading: 'read', acting: 'admin' }))
    .get(
      '/metrics',
      async () => new Response(await metrics.text(), { headers: { 'content-type': metrics.contentType } }),
      {
        detail: {
          operationId: 'getMetrics',
          summary: "The farm's metrics, for Prometheus",
          responses: foreign('Metrics in the text format of Prometheus', 'text/plain'),
        },
      },
    );
}
