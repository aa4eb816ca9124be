/** Errors as HTTP: one table from code to status, one body (RFC 9457), and nothing inside ever shown. */
import {
  type ErrorCode,
  FarmError,
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
  416: 'Not in range',
  426: 'Upgrade required',
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
      ...retryAfter(error),
      ...options.headers,
    },
  });
}

function retryAfter(error: FarmError): Record<string, string> {
  if (typeof error.retry === 'object')
    return { 'retry-after': String(Math.max(1, Math.ceil(error.retry.afterMs / 1000))) };
  return error.code === 'shutting_down' ? { 'retry-after': '2' } : {};
}

/** What Elysia threw, as one of ours. Received values are never repeated: they may be secrets. */
export function errorOf(code: string | number, error: unknown, request?: Request): FarmError {
  if (isFarmError(error)) return error;
  if (code === 'VALIDATION') return validationError(error as ValidationProblem, request);
  if (code === 'PARSE') return invalidInput('body', 'is not valid JSON');
  return toFarmError(error);
}

interface ValidationProblem {
  readonly type?: string;
  /** For a number out of its bounds, which Elysia tells without its name. */
  readonly value?: unknown;
  readonly valueError?: ValueProblem;
  readonly all?: readonly ValueProblem[];
}

interface ValueProblem {
  readonly path?: string;
  readonly message?: string;
  readonly schema?: { readonly anyOf?: readonly { readonly const?: unknown; readonly type?: string }[] };
}

function validationError(error: ValidationProblem, request: Request | undefined): FarmError {
  const first = error.valueError ?? error.all?.[0];
  if (error.type === 'response') {
    const message = `An answer of ours does not fit its schema at "${first?.path ?? ''}": ${first?.message ?? ''}`;
    return new FarmError('internal', message, { blame: 'farm' });
  }
  const path = (first?.path ?? '').replace(/^\//, '').replaceAll('/', '.');
  const field =
    path !== ''
      ? path
      : error.type === 'property'
        ? parameterWith(error.value, request)
        : (error.type ?? 'body');
  return invalidInput(field, expectation(first));
}

function parameterWith(value: unknown, request: Request | undefined): string {
  const parameters = request === undefined ? [] : [...new URL(request.url).searchParams];
  return parameters.find(([, text]) => Number(text) === value)?.[0] ?? 'query';
}

function expectation(problem: ValueProblem | undefined): string {
  const choices = problem?.schema?.anyOf ?? [];
  const words = choices.flatMap((choice) => (choice.const === undefined ? [] : [String(choice.const)]));
  if (words.length > 0) return `must be one of ${words.join(', ')}`;
  const types = [...new Set(choices.flatMap(({ type }) => (type === undefined ? [] : [type])))];
  if (types.length > 0) return `must be of type ${types.join(' or ')}`;
  const message = problem?.message ?? 'is not valid';
  return message.charAt(0).toLowerCase() + message.slice(1);
}
