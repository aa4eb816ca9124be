import { Elysia, t } from 'elysia';
import { FarmError } from '../../../agent/wire/farm-error.ts';
import { removalText } from '../../../core/blobs/types.ts';
import type { BuildQuery } from '../../../core/builds/ports.ts';
import { buildDetail, findBuild } from '../build-detail.ts';
import { byteStream } from '../byte-stream.ts';
import { type ApiContext, identified } from '../context.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import {
  Artifact,
  Build,
  BuildDetail,
  BuildRequest,
  buildStateNames,
  listOf,
  literals,
  pageOf,
} from '../model.ts';
import { Cursor, Hash, Id, limitOf, Name } from '../params.ts';
import { presentArtifact, presentBuild } from '../present.ts';
import { download } from '../raw-answers.ts';

const ById = t.Object({ id: Id });
const NoBody = t.Optional(t.Object({}));

const ListQuery = t.Object({
  repo: t.Optional(Name),
  builder: t.Optional(Name),
  commit: t.Optional(Hash),
  state: t.Optional(literals(buildStateNames)),
  limit: limitOf(500, 50),
  cursor: Cursor,
});

export function buildRoutes(context: ApiContext) {
  const { coordinator } = context;

  async function list({ cursor, limit, ...filter }: (typeof ListQuery)['static']) {
    const before = decodeCursor('builds', cursor);
    const query: BuildQuery = {
      ...defined(filter),
      limit: limit + 1,
      ...(before === undefined ? {} : { before }),
    };
    const found = await coordinator.builds.reader.builds(query);
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page.map(presentBuild),
      next: found.length > limit && last !== undefined ? encodeCursor('builds', last.id) : null,
    };
  }

  return new Elysia({ name: 'builds', prefix: '/api/v1', tags: ['builds'] })
    .use(identified(context, { reading: 'read', acting: 'build' }))
    .get('/builds', ({ query }) => list(query), {
      query: ListQuery,
      response: pageOf(Build),
      detail: { operationId: 'listBuilds', summary: 'Builds, newest first' },
    })
    .post(
      '/builds',
      async ({ body, identity, set }) => {
        const build = await coordinator.work.request({ ...body, requestedBy: identity.name });
        set.status = 201;
        return presentBuild(build);
      },
      {
        body: BuildRequest,
        response: { 201: Build },
        detail: { operationId: 'requestBuild', summary: 'Ask for a build; the same again makes another' },
      },
    )
    .get('/builds/:id', ({ params }) => buildDetail(coordinator, params.id), {
      params: ById,
      response: BuildDetail,
      detail: { operationId: 'getBuild', summary: 'One build with its attempts, plan and reasons' },
    })
    .post(
      '/builds/:id/cancel',
      async ({ params, identity }) => {
        return presentBuild(await coordinator.builds.cancel(params.id, identity.name));
      },
      {
        params: ById,
        body: NoBody,
        response: Build,
        detail: { operationId: 'cancelBuild', summary: 'Stop a build; a finished one stays as it is' },
      },
    )
    .post(
      '/builds/:id/retry',
      async ({ params, identity, set }) => {
        const build = await findBuild(coordinator, params.id);
        set.status = 201;
        return presentBuild(await coordinator.work.retry(build, identity.name));
      },
      {
        params: ById,
        body: NoBody,
        response: { 201: Build },
        detail: { operationId: 'retryBuild', summary: 'Build the same commit with the same builder again' },
      },
    )
    .get(
      '/builds/:id/artifacts',
      async ({ params }) => {
        await findBuild(coordinator, params.id);
        return { items: (await coordinator.builds.reader.artifacts(params.id)).map(presentArtifact) };
      },
      {
        params: ById,
        response: listOf(Artifact),
        detail: { operationId: 'listArtifacts', summary: 'Files that a build kept' },
      },
    )
    .get(
      '/artifacts/:id',
      async ({ params, request }) => {
        const artifact = await coordinator.builds.reader.artifact(params.id);
        if (artifact === null) {
          throw new FarmError('not_found', `No artifact has the id "${params.id}"`, {
            blame: 'caller',
            details: { field: 'id' },
          });
        }
        if (artifact.removed !== null) {
          const text = removalText(`The artifact "${artifact.path}"`, artifact.removed);
          throw new FarmError('blob_missing', text, { blame: 'caller', details: { field: 'id' } });
        }
        const headers = downloadHeaders(artifact.path, artifact.digest, artifact.bytes);
        if (request.headers.get('if-none-match') === headers['etag'])
          return new Response(null, { status: 304, headers });
        const body = await byteStream(coordinator.blobs.get(artifact.blobKey), context.log);
        return new Response(body, { headers });
      },
      {
        params: ById,
        detail: { operationId: 'getArtifact', summary: 'The bytes of a kept file', responses: download },
      },
    );
}

/** Nothing that a build made may ever run as a page of ours. */
export function downloadHeaders(path: string, digest: string, bytes: number): Record<string, string> {
  const name = path.split('/').at(-1) ?? 'artifact';
  const ascii = name.replace(/[^A-Za-z0-9._-]/g, '_');
  return {
    'content-type': 'application/octet-stream',
    'content-length': String(bytes),
    'content-disposition': `attachment; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(name)}`,
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'private, max-age=31536000, immutable',
    etag: `"${digest}"`,
  };
}

function defined<T extends object>(filter: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
