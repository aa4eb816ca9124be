import { type Static, type TSchema, TypeRegistry } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { type ErrorCode, errorCodes, FarmError } from '../../agent/wire/farm-error.ts';

// The unions of `model.ts` are plain strings to the validator: a newer farm may know a state that this program does not.
TypeRegistry.Set('Unsafe', (_schema, value) => typeof value === 'string');

/** Gives an answer its type, or says that whatever answers at this address is no farm of a version that fits. */
export function readAnswer<S extends TSchema>(schema: S, value: unknown, where: string): Static<S> {
  if (Value.Check(schema, value)) return value;
  const first = Value.Errors(schema, value).First();
  throw new FarmError(
    'version_unsupported',
    `${where} answered something that this croft does not understand (${first?.path || '/'}: ${first?.message ?? 'unexpected'}); is it a Croft of the same version`,
    { blame: 'outside' },
  );
}

/** Makes the error of an answer with a status of 400 or more; what is no problem+json is told by its status. */
export function problemToError(status: number, body: string, where: string): FarmError {
  const problem = parseProblem(body);
  if (problem === null) {
    return new FarmError(codeOfStatus(status), `${where} answered ${status} ${firstLine(body)}`.trim(), {
      blame: status < 500 ? 'caller' : 'outside',
      details: { status },
    });
  }
  const request = problem.requestId === undefined ? '' : ` (request ${problem.requestId})`;
  return new FarmError(problem.code, problem.detail + (status >= 500 ? request : ''), {
    blame: status < 500 ? 'caller' : 'farm',
    details: { status },
  });
}

interface KnownProblem {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly requestId: string | undefined;
}

function parseProblem(body: string): KnownProblem | null {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    // A proxy's own page, most likely: there is nothing in it for us.
    return null;
  }
  if (typeof value !== 'object' || value === null || !('code' in value) || !('detail' in value)) return null;
  if (typeof value.code !== 'string' || typeof value.detail !== 'string') return null;
  const requestId = 'requestId' in value && typeof value.requestId === 'string' ? value.requestId : undefined;
  return { code: isErrorCode(value.code) ? value.code : 'internal', detail: value.detail, requestId };
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code);
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not_found';
  if (status === 409) return 'conflict';
  if (status === 413) return 'too_large';
  if (status === 429) return 'too_many';
  if (status === 502 || status === 503 || status === 504) return 'connection_lost';
  return status < 500 ? 'invalid_input' : 'internal';
}

function firstLine(body: string): string {
  const line = body.trim().split('\n')[0] ?? '';
  return line.startsWith('<') ? '' : line.slice(0, 200);
}
