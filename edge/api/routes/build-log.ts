/** The log of a build in every form: text, live, windows, search, likely errors. */
import { Elysia, t } from 'elysia';
import type { LogWindowQuery } from '../../../core/logs/types.ts';
import { checkNotRemoved, findAttempt, findBuild, logStat } from '../build-detail.ts';
import { type ApiContext, identified, mayStillRead } from '../context.ts';
import { renamingField } from '../field-names.ts';
import { createLiveLog } from '../live-log.ts';
import { logText } from '../log-text.ts';
import { LogLine, LogSearchAnswer, LogWindow, listOf } from '../model.ts';
import { ByAttempt, Id, limitOf, Offset } from '../params.ts';
import { presentLine } from '../present.ts';
import { logAnswers } from '../raw-answers.ts';
import { sseResponse } from '../sse.ts';

const ById = t.Object({ id: Id });

interface LogQuery {
  readonly offset?: number | undefined;
  readonly attempt?: number | undefined;
}

export function buildLogRoutes(context: ApiContext) {
  const { coordinator } = context;
  const { logs } = coordinator;

  async function live(id: string, query: LogQuery, request: Request): Promise<Response> {
    await findBuild(coordinator, id);
    const attempt = await findAttempt(coordinator, id, query.attempt);
    // A reader that hears this does not come back, as one would whose stream broke.
    if (attempt !== null) checkNotRemoved(await logStat(coordinator, attempt.id));
    const { clock, log } = context;
    const leave = context.streams.take();
    context.keepOpen(request);
    const reader = createLiveLog(
      { clock, log, logs, builds: coordinator.builds },
      { buildId: id, ...query, lastId: request.headers.get('last-event-id') },
    );
    const onEnd = () => {
      reader.close();
      leave();
    };
    const mayStay = mayStillRead(context, request);
    return sseResponse({ clock, log, signal: request.signal, next: reader.next, mayStay, onEnd });
  }

  /** Null when there is no log yet. */
  async function ofAttempt<T>(
    id: string,
    number: number | undefined,
    read: (logId: string, attempt: number) => Promise<T>,
  ): Promise<T | null> {
    await findBuild(coordinator, id);
    const attempt = await findAttempt(coordinator, id, number);
    if (attempt === null) return null;
    const stat = await logStat(coordinator, attempt.id);
    // A log that retention removed was there: reading it says what became of it.
    if (stat.state === 'missing' && stat.removed === null) return null;
    return await read(attempt.id, attempt.number);
  }

  async function window(id: string, number: number | undefined, query: LogWindowQuery): Promise<LogWindow> {
    const found = await ofAttempt(id, number, async (logId, attempt) => {
      const lines = await logs.lines(logId, query);
      // Asked after the lines, so that a live log never shows lines past its total.
      const stat = await logs.stat(logId);
      return {
        attempt,
        state: stat.state,
        totalLines: stat.lines,
        totalBytes: stat.bytes,
        droppedBytes: stat.droppedBytes,
        lines: lines.map(presentLine),
      };
    });
    return (
      found ?? {
        attempt: number ?? 0,
        state: 'missing',
        totalLines: 0,
        totalBytes: 0,
        droppedBytes: 0,
        lines: [],
      }
    );
  }

  return new Elysia({ name: 'build-log', prefix: '/api/v1', tags: ['logs'] })
    .use(identified(context, { reading: 'read', acting: 'build' }))
    .get(
      '/builds/:id/log',
      async ({ params, query, request }) => {
        if ((request.headers.get('accept') ?? '').includes('text/event-stream'))
          return await live(params.id, query, request);
        return await logText(context, {
          buildId: params.id,
          ...query,
          range: request.headers.get('range'),
        });
      },
      {
        params: ById,
        query: t.Object({ offset: t.Optional(Offset), attempt: ByAttempt }),
        detail: {
          operationId: 'getLog',
          summary: 'The log as text, or live as server-sent events when text/event-stream is accepted',
          responses: logAnswers,
        },
      },
    )
    .get(
      '/builds/:id/log/lines',
      ({ params, query }) => window(params.id, query.attempt, windowQuery(query)),
      {
        params: ById,
        query: t.Object({
          from: t.Optional(
            t.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'First line, from 1' }),
          ),
          count: limitOf(5_000, 500),
          last: t.Optional(t.Integer({ minimum: 1, maximum: 5_000, description: 'The last lines instead' })),
          offset: t.Optional(Offset),
          attempt: ByAttempt,
        }),
        response: LogWindow,
        detail: { operationId: 'getLogLines', summary: 'Any window of the log' },
      },
    )
    .get(
      '/builds/:id/log/search',
      async ({ params, query, request }) => {
        const search = {
          query: query.q,
          regex: query.regex,
          ignoreCase: query.ignoreCase,
          fromLine: query.from,
          limit: query.limit,
        };
        const found = await renamingField('query', 'q', () =>
          ofAttempt(params.id, query.attempt, (logId) => logs.search(logId, search, request.signal)),
        );
        if (found === null) return { matches: [], next: null };
        return {
          matches: found.matches.map(({ line, from, to }) => ({ line: presentLine(line), from, to })),
          next: found.next,
        };
      },
      {
        params: ById,
        query: t.Object({
          q: t.String({ minLength: 1, maxLength: 1_000 }),
          regex: t.Boolean({ default: false }),
          ignoreCase: t.Boolean({ default: false }),
          from: t.Integer({
            minimum: 1,
            maximum: Number.MAX_SAFE_INTEGER,
            default: 1,
            description: 'First line to look at',
          }),
          limit: limitOf(1_000, 100),
          attempt: ByAttempt,
        }),
        response: LogSearchAnswer,
        detail: {
          operationId: 'searchLog',
          summary: 'Matches in the whole log; `next` is the line to go on from',
        },
      },
    )
    .get(
      '/builds/:id/log/problems',
      async ({ params, query }) => ({
        items: ((await ofAttempt(params.id, query.attempt, (logId) => logs.problems(logId))) ?? []).map(
          presentLine,
        ),
      }),
      {
        params: ById,
        query: t.Object({ attempt: ByAttempt }),
        response: listOf(LogLine),
        detail: { operationId: 'getLogProblems', summary: 'Lines that look like the error, best first' },
      },
    );
}

function windowQuery(query: {
  from?: number | undefined;
  count: number;
  last?: number | undefined;
  offset?: number | undefined;
}): LogWindowQuery {
  if (query.last !== undefined) return { last: query.last };
  if (query.offset !== undefined) return { atOffset: query.offset, count: query.count };
  return { from: query.from ?? 1, count: query.count };
}
