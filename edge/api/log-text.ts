/** The text of a log as a download: all of it, from an offset on, or a range. */
import { invalidInput } from '../../agent/wire/farm-error.ts';
import { checkNotRemoved, findAttempt, findBuild, logStat } from './build-detail.ts';
import { byteRange } from './byte-range.ts';
import { byteStream } from './byte-stream.ts';
import type { ApiContext } from './context.ts';
import { problemResponse } from './problem.ts';

/** Nothing that a build printed may ever run as a page of ours. */
const plainTextHeaders = {
  'content-type': 'text/plain; charset=utf-8',
  'content-security-policy': "default-src 'none'; sandbox",
  'cache-control': 'no-store',
  'accept-ranges': 'bytes',
};

export interface LogTextQuery {
  readonly buildId: string;
  /** The newest when left out. */
  readonly attempt?: number | undefined;
  readonly offset?: number | undefined;
  /** The `Range` header. */
  readonly range: string | null;
}

/** A build without an attempt has an empty log; what is written while it is read comes with the next request. */
export async function logText(context: ApiContext, query: LogTextQuery): Promise<Response> {
  const { coordinator, log } = context;
  await findBuild(coordinator, query.buildId);
  const attempt = await findAttempt(coordinator, query.buildId, query.attempt);
  const stat = attempt === null ? null : await logStat(coordinator, attempt.id);
  if (stat !== null) checkNotRemoved(stat);
  const bytes = stat?.bytes ?? 0;
  const offset = Math.min(query.offset ?? 0, bytes);
  const length = bytes - offset;
  const range = byteRange(query.range, length);
  if (range === 'unsatisfiable') {
    return problemResponse(
      invalidInput('Range', `starts past the end of the log, which has ${length} bytes`),
      {
        requestId: context.ids.next('req'),
        status: 416,
        headers: { 'content-range': `bytes */${length}` },
      },
    );
  }
  const { from, to } = range ?? { from: 0, to: length };
  const headers = {
    ...plainTextHeaders,
    'content-length': String(to - from),
    'x-croft-log-bytes': String(bytes),
    ...(range === null ? {} : { 'content-range': `bytes ${from}-${to - 1}/${length}` }),
  };
  const body =
    attempt === null || from === to
      ? ''
      : await byteStream(coordinator.logs.bytes(attempt.id, offset + from, offset + to), log);
  return new Response(body, { status: range === null ? 200 : 206, headers });
}
