/** Errors as HTTP: one table from code to status, one body (RFC 9457), and nothing inside ever shown. */
import {
  type ErrorCode,
  type FarmError,
  invalidInput,
  isFarmError,
  toFarmError,
} from '../../agent/wire/farm-error.ts';
import type { Problem } from './model.ts';

export const statusOf: Readonly<Record<ErrorCode, number>> = {
  invalid_input: 400,
  not_found: 404,
  conflict: 409,
  unauthenticated: 401,
  forbidden: 403,
  too_large: 413,
  too_many: 429,
  protocol_violation: 400,
  version_unsupported: 400,
  unknown_kind: 400,
  cancelled: 409,
  timed_out: 504,
  connection_lost: 502,
  machine_lost: 502,
  machine_revoked: 403,
  lease_lost: 409,
  slot_dirty: 409,
  disk_full: 507,
  could_not_start: 500,
  source_unavailable: 502,
  blob_missing: 410,
  storage_failed: 500,
  shutting_down: 503,
  internal: 500,
};

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Too large',
  415: 'Unsupported media type',
  429: 'Too many requests',
  500: 'Internal error',
  502: 'Bad gateway',
  503: 'Going down',
  504: 'Timed out',
  507: 'Out of space',
};

export interface ProblemOptions {
  readonly requestId: string;
  /** Where the code's own status is not the one. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export function problemResponse(error: FarmError, options: ProblemOptions): Response {
  const status = options.status ?? statusOf[error.code];
  const field = error.details?.['field'];
  // What only we can mend is for our log; a stranger learns that it happened and how to name it.
  const hidden = error.code === 'internal' || error.code === 'storage_failed';
  const body: Problem = {
    type: `https://croft.invalid/problems/${error.code}`,
    title: titles[status] ?? 'Error',
    status,
    detail: hidden
      ? `Croft failed at this; its log has more under request ${options.requestId}`
      : error.message,
    code: error.code,
    blame: error.blame,
    requestId: options.requestId,
    ...(typeof field === 'string' ? { field } : {}),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/problem+json; charset=utf-8',
      ...(status === 401 ? { 'www-authenticate': 'Bearer realm="croft"' } : {}),
      ...(error.code === 'shutting_down' ? { 'retry-after': '2' } : {}),
      ...options.headers,
    },
  });
}

/** What Elysia threw, as one of ours. Received values are never repeated: they may be secrets. */
export function errorOf(code: string | number, error: unknown): FarmError {
  if (isFarmError(error)) return error;
  if (code === 'VALIDATION') return validationError(error);
  if (code === 'PARSE') return invalidInput('body', 'is not valid JSON');
  return toFarmError(error);
}

interface ValueProblem {
  readonly path?: string;
  readonly message?: string;
  readonly summary?: string;
  readonly schema?: { readonly anyOf?: readonly { readonly const?: unknown }[] };
}

function validationError(error: unknown): FarmError {
  const shown = error as {
    readonly type?: string;
    readonly all?: readonly ValueProblem[];
    readonly valueError?: ValueProblem;
  };
  const first = shown.valueError ?? shown.all?.[0];
  const path = (first?.path ?? '').replace(/^\//, '').replaceAll('/', '.');
  const place = shown.type === 'query' || shown.type === 'params' ? '' : (shown.type ?? 'body');
  const field = path === '' ? (place === '' ? 'query' : place) : path;
  const choices = first?.schema?.anyOf?.flatMap((choice) =>
    choice.const === undefined ? [] : [choice.const],
  );
  return invalidInput(
    field,
    choices === undefined || choices.length === 0
      ? sentence(first?.message)
      : `must be one of ${choices.join(', ')}`,
  );
}

function sentence(message: string | undefined): string {
  if (message === undefined) return 'is not valid';
  return message.charAt(0).toLowerCase() + message.slice(1);
}
