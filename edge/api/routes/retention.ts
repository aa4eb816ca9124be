import { Elysia, t } from 'elysia';
import { type ApiContext, identified } from '../context.ts';
import { RetentionAnswer } from '../model.ts';

export function retentionRoutes(context: ApiContext) {
  const { retention } = context.coordinator;

  return new Elysia({ name: 'retention', prefix: '/api/v1', tags: ['farm'] })
    .use(identified(context, { reading: 'read', acting: 'admin' }))
    .get(
      '/retention',
      async ({ request }) => {
        context.keepOpen(request);
        const { rules, cut } = await retention.preview(request.signal);
        return { rules: [...rules], cut };
      },
      {
        response: RetentionAnswer,
        detail: {
          operationId: 'previewRetention',
          summary: 'What the rules of retention would remove now; nothing is removed',
        },
      },
    )
    .post(
      '/retention',
      async ({ request }) => {
        context.keepOpen(request);
        return { rules: [...(await retention.pass(request.signal))], cut: false };
      },
      {
        body: t.Optional(t.Object({})),
        response: RetentionAnswer,
        detail: { operationId: 'applyRetention', summary: 'Remove now what the rules of retention select' },
      },
    );
}
