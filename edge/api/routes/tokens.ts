import { Elysia, t } from 'elysia';
import { FarmError } from '../../../agent/wire/farm-error.ts';
import { scopes } from '../../../core/access/index.ts';
import { type ApiContext, identified } from '../context.ts';
import { AccessToken, listOf, literals, NewAccessToken } from '../model.ts';
import { Id } from '../params.ts';
import { presentToken } from '../present.ts';
import { noContent } from '../raw-answers.ts';

export function tokenRoutes(context: ApiContext) {
  const { access } = context.coordinator;
  return new Elysia({
    name: 'tokens',
    prefix: '/api/v1',
    tags: ['access'],
    detail: { security: [{ bearer: [] }] },
  })
    .use(identified(context, { reading: 'admin', acting: 'admin' }))
    .get('/tokens', async () => ({ items: (await access.list()).map(presentToken) }), {
      response: listOf(AccessToken),
      detail: { operationId: 'listTokens', summary: 'Personal tokens, without the tokens themselves' },
    })
    .post(
      '/tokens',
      async ({ body, set }) => {
        const { secret, token } = await access.create({ ...body, expiresInMs: body.expiresInMs ?? null });
        set.status = 201;
        return { ...presentToken(token), token: secret };
      },
      {
        body: t.Object({
          name: t.String({ minLength: 1, maxLength: 100, pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$' }),
          scopes: t.Array(literals(scopes), {
            minItems: 1,
            maxItems: 8,
          }),
          expiresInMs: t.Optional(t.Integer({ minimum: 1_000, maximum: 5 * 366 * 24 * 3_600_000 })),
        }),
        response: { 201: NewAccessToken },
        detail: { operationId: 'createToken', summary: 'A personal token; shown this once' },
      },
    )
    .delete(
      '/tokens/:id',
      async ({ params }) => {
        if (await access.remove(params.id)) return new Response(null, { status: 204 });
        throw new FarmError('not_found', `No token has the id "${params.id}"`, {
          blame: 'caller',
          details: { field: 'id' },
        });
      },
      {
        params: t.Object({ id: Id }),
        detail: {
          operationId: 'removeToken',
          summary: 'A token that no longer counts',
          responses: noContent,
        },
      },
    );
}
