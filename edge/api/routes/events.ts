import { Elysia, t } from 'elysia';
import { invalidInput } from '../../../agent/wire/farm-error.ts';
import { type ApiContext, identified, mayStillRead } from '../context.ts';
import { type Topic, topics } from '../event-feed.ts';
import { eventStream } from '../raw-answers.ts';
import { sseResponse } from '../sse.ts';

export function eventRoutes(context: ApiContext) {
  return new Elysia({ name: 'events', prefix: '/api/v1', tags: ['events'] })
    .use(identified(context, { reading: 'read', acting: 'admin' }))
    .get(
      '/events',
      ({ query, request }) => {
        const wanted = wantedTopics(query.topics);
        const leave = context.streams.take();
        context.keepOpen(request);
        const reader = context.feed.read({ lastId: request.headers.get('last-event-id'), topics: wanted });
        return sseResponse({
          clock: context.clock,
          log: context.log,
          signal: request.signal,
          next: reader.next,
          mayStay: mayStillRead(context, request),
          onEnd() {
            reader.close();
            leave();
          },
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
        detail: {
          operationId: 'followEvents',
          summary: 'Everything that changes, as server-sent events (FarmEvent); Last-Event-ID resumes',
          responses: eventStream,
        },
      },
    );
}

function wantedTopics(text: string | undefined): ReadonlySet<Topic> {
  if (text === undefined) return new Set(topics);
  const names = text.split(',').map((name) => name.trim());
  const known = topics.filter((topic) => names.includes(topic));
  const strange = names.find((name) => !topics.some((topic) => topic === name));
  if (strange === undefined) return new Set(known);
  throw invalidInput('topics', `"${strange}" is no topic; there are: ${topics.join(', ')}`);
}
