/**
 * Where golang/build's programs look (`/?mode=json`, `/?mode=failures`, `/log/ID`, `/status/…`), so that what is written for it keeps
 * working.
 */
import { Elysia, t } from 'elysia';
import { type ApiContext, identified } from '../api/context.ts';
import { logText } from '../api/log-text.ts';
import { literals } from '../api/model.ts';
import { Id } from '../api/params.ts';
import { foreign } from '../api/raw-answers.ts';
import { viewFailures, viewJson } from './shapes.ts';
import { activeBuilds, builderTable, reverseStatus } from './status.ts';
import { notFound, viewOf } from './view.ts';

const Name = t.String({ maxLength: 256, default: '' });
const json = foreign("In golang/build's shape", 'application/json');

export function dashboardRoutes(context: ApiContext) {
  const { coordinator } = context;
  return new Elysia({ name: 'dashboard-json', tags: ['golang/build'] })
    .use(identified(context, { reading: 'read', acting: 'admin' }))
    .get(
      '/',
      async ({ query: { mode, repo, branch, page } }) => {
        // A server that has the dashboards answers with them before it comes here.
        if (mode === undefined) throw notFound('mode', 'this server has no dashboards; say json or failures');
        const view = await viewOf(coordinator, { repo, branch, page, origin: context.publicUrl() });
        return mode === 'json'
          ? textAnswer(viewJson(view), 'text/json')
          : textAnswer(viewFailures(view), 'text/plain');
      },
      {
        query: t.Object({
          mode: t.Optional(literals(['json', 'failures'])),
          repo: Name,
          branch: Name,
          page: t.Integer({ minimum: 0, maximum: 1_000_000, default: 0 }),
        }),
        detail: {
          operationId: 'getDashboard',
          summary: 'A page of commits by builders, as golang/build gives it',
          responses: foreign(
            'As mode says; without one, the dashboards',
            'text/json',
            'text/plain',
            'text/html',
          ),
        },
      },
    )
    .get(
      '/log/:id',
      ({ params, request }) => logText(context, { buildId: params.id, range: request.headers.get('range') }),
      {
        params: t.Object({ id: Id }),
        detail: {
          operationId: 'getLogText',
          summary: "The log of a build's newest attempt",
          responses: foreign('The text', 'text/plain'),
        },
      },
    )
    .get('/status/reverse.json', () => indented(reverseStatus(coordinator, context.clock.now())), {
      detail: {
        operationId: 'getReverseStatus',
        summary: 'Connected machines by host type',
        responses: json,
      },
    })
    .get(
      '/status/post-submit-active.json',
      async () => indented(await activeBuilds(coordinator, context.publicUrl())),
      {
        detail: {
          operationId: 'getActiveBuilds',
          summary: 'Builds of commits that hold a machine',
          responses: json,
        },
      },
    )
    .get('/builders', () => indented(builderTable(coordinator)), {
      query: t.Object({ mode: literals(['json']) }),
      detail: { operationId: 'getBuilderTable', summary: 'Builders and host types', responses: json },
    });
}

function indented(value: object): Response {
  return textAnswer(`${JSON.stringify(value, null, '\t')}\n`, 'application/json');
}

function textAnswer(text: string, type: string): Response {
  return new Response(text, { headers: { 'content-type': `${type}; charset=utf-8` } });
}
