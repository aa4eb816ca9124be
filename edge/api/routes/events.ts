import { Elysia, t } from 'elysia';
import { invalidInput } from '../../../agent/wire/farm-error.ts';
import { type ApiContext, identified } from '../context.ts';
import { type Topic, topics } from '../event-feed.ts';
import { createBell, sseResponse } from '../sse.ts';

export function eventRoutes(context: ApiContext) {
  return new Elysia({ name: 'events', prefix: '/api/v1', tags: ['events'] })
    .use(identified(context, 'read'))
    .get(
      '/events',
      ({ query, request }) => {
        context.keepOpen(request);
        const bell = createBell();
        const reader = context.feed.read({
          lastId: request.headers.get('last-event-id'),
          topics: wanted(query.topics),
          wake: bell.ring,
        });
        // A reader that resumes may have something to take already.
        bell.ring();
        return sseResponse({
          clock: context.clock,
          signal: request.signal,
          next: async (signal) => {
            for (;;) {
              await bell.wait(signal);
              const text = reader.take();
              if (text !== '') return text;
            }
          },
          onEnd: reader.close,
        });
      },
      {
        query: t.Object({
          topics: t.Optional(
            t.String({
              maxLength: 200,
              description: `Comma list of ${topics.join(', ')}; all when left out`,
            }),
          ),
        }),
        detail: { operationId: 'followEvents', summary: 'Everything that changes, as server-sent events' },
      },
    );
}

function wanted(text: string | undefined): ReadonlySet<Topic> {
  if (text === undefined) return new Set(topics);
  const names = text.split(',').map((name) => name.trim());
  const known = topics.filter((topic) => names.includes(topic));
  const strange = names.find((name) => !topics.some((topic) => topic === name));
  if (strange === undefined) return new Set(known);
  throw invalidInput('topics', `"${strange}" is no topic; there are: ${topics.join(', ')}`);
}
