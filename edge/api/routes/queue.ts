import { Elysia, t } from 'elysia';
import { type ApiContext, identified } from '../context.ts';
import { decodeNumberCursor, encodeCursor } from '../cursor.ts';
import { Queue } from '../model.ts';
import { Cursor, limitOf } from '../params.ts';
import { presentBuild, presentWhy } from '../present.ts';

export function queueRoutes(context: ApiContext) {
  const { builds } = context.coordinator;

  function page(limit: number, cursor: string | undefined): Queue {
    const offset = decodeNumberCursor('queue', cursor) ?? 0;
    const found = builds.queue({ offset, limit: limit + 1 });
    const { waiting, running, byClass } = builds.counts();
    return {
      waiting,
      running,
      byClass: { ...byClass },
      items: found
        .slice(0, limit)
        .map(({ build, why }) => ({ build: presentBuild(build), why: presentWhy(why) })),
      next: found.length > limit ? encodeCursor('queue', String(offset + limit)) : null,
    };
  }

  return new Elysia({ name: 'queue', prefix: '/api/v1', tags: ['queue'] })
    .use(identified(context, { reading: 'read', acting: 'build' }))
    .get('/queue', ({ query }) => page(query.limit, query.cursor), {
      query: t.Object({ limit: limitOf(500, 50), cursor: Cursor }),
      response: Queue,
      detail: { operationId: 'getQueue', summary: 'What waits, in the order of placement, and why' },
    });
}
