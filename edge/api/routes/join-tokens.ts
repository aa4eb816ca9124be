import { Elysia, t } from 'elysia';
import { FarmError, invalidInput } from '../../../agent/wire/farm-error.ts';
import { type ApiContext, identified } from '../context.ts';
import { JoinToken, listOf, NewJoinToken } from '../model.ts';
import { Id, Name } from '../params.ts';
import { presentJoinToken } from '../present.ts';
import { noContent } from '../raw-answers.ts';

const usualMs = 3_600_000;
const longestMs = 30 * 24 * 3_600_000;

export function joinTokenRoutes(context: ApiContext) {
  const { machines, settings } = context.coordinator;

  function checkHostType(hostType: string | null): void {
    const names = settings.state().config.hostTypes.map(({ name }) => name);
    if (hostType === null || names.includes(hostType)) return;
    throw invalidInput('hostType', `no host type is called "${hostType}"; there are: ${names.join(', ')}`);
  }

  function joinCommand(token: string, hostType: string | null): string {
    const type = hostType === null ? '' : ` --host-type ${hostType}`;
    return `bun run agent -- --coordinator ${context.publicUrl()} --join ${token}${type}`;
  }

  return new Elysia({
    name: 'join-tokens',
    prefix: '/api/v1',
    tags: ['machines'],
    detail: { security: [{ bearer: [] }] },
  })
    .use(identified(context, { reading: 'machines', acting: 'machines' }))
    .get('/join-tokens', async () => ({ items: (await machines.joinTokens()).map(presentJoinToken) }), {
      response: listOf(JoinToken),
      detail: { operationId: 'listJoinTokens', summary: 'Join tokens, without the tokens themselves' },
    })
    .post(
      '/join-tokens',
      async ({ body, identity, set }) => {
        const hostType = body?.hostType ?? null;
        checkHostType(hostType);
        const { token, joinToken } = await machines.createJoinToken({
          hostType,
          expiresInMs: body?.expiresInMs ?? usualMs,
          by: identity.name,
        });
        set.status = 201;
        return { ...presentJoinToken(joinToken), token, command: joinCommand(token, hostType) };
      },
      {
        body: t.Optional(
          t.Object({
            hostType: t.Optional(Name),
            expiresInMs: t.Optional(t.Integer({ minimum: 1_000, maximum: longestMs })),
          }),
        ),
        response: { 201: NewJoinToken },
        detail: { operationId: 'createJoinToken', summary: 'A one-time token that joins one machine' },
      },
    )
    .delete(
      '/join-tokens/:id',
      async ({ params }) => {
        if (await machines.removeJoinToken(params.id)) return new Response(null, { status: 204 });
        throw new FarmError('not_found', `No join token has the id "${params.id}"`, {
          blame: 'caller',
          details: { field: 'id' },
        });
      },
      {
        params: t.Object({ id: Id }),
        detail: { operationId: 'removeJoinToken', summary: 'Take a join token back', responses: noContent },
      },
    );
}
