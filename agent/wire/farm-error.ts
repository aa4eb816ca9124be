/**
 * The one error of the farm. It lives beside the protocol because an error is the one thing that crosses every
 * border: agent to coordinator, coordinator to browser, API to CLI. Failed builds, refused claims and full queues are
 * outcomes and never travel as a FarmError.
 */

/** Who has to act. Only `change` may turn a verdict red. */
export type Blame = 'caller' | 'change' | 'machine' | 'farm' | 'outside';
const blames: readonly Blame[] = ['caller', 'change', 'machine', 'farm', 'outside'];

/** What a caller may do about it: nothing, the same again, the same on another machine, or the same after a pause. */
export type Retry = 'never' | 'same' | 'elsewhere' | { readonly afterMs: number };

/** Every code with its meaning; adding one is a change of the protocol, see `protocol.ts`. */
export const errorCodes = {
  invalid_input: 'A field from outside is missing, malformed or over a limit; the message names it',
  not_found: 'The thing asked for does not exist',
  conflict: 'The request contradicts the present state',
  unauthenticated: 'No identity, or one that is not known',
  forbidden: 'The identity is known but lacks the scope',
  too_large: 'A body, frame, archive or log is over its limit',
  too_many: 'A bounded number of things is in use; try again later',
  protocol_violation: 'The peer broke the protocol and the connection is closed',
  version_unsupported: 'The peers share no protocol version',
  unknown_kind: 'A frame or method that this version does not know',
  cancelled: 'Somebody asked for it to stop',
  timed_out: 'A deadline passed',
  connection_lost: 'The link to the machine broke',
  machine_lost: 'The machine did not come back in time, or came back without the run',
  machine_revoked: 'The key of the machine was revoked',
  lease_lost: 'The lease ended or belongs to somebody else',
  slot_dirty: 'A work folder could not be proven clean',
  disk_full: 'A disk has no room left',
  could_not_start: 'A command could not be started',
  source_unavailable: 'A repository could not be reached or lacks the commit',
  blob_missing: 'A stored object is gone',
  storage_failed: 'The database or the blob store failed',
  shutting_down: 'The process is going down; connect again',
  internal: 'A defect of Croft',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** Small, safe to show, JSON only. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

export interface FarmErrorOptions {
  readonly blame: Blame;
  readonly retry?: Retry;
  readonly details?: ErrorDetails;
  readonly cause?: unknown;
}

/** What goes over the wire: everything but the cause, which stays in the log of the side that saw it. */
export interface FarmErrorJson {
  readonly code: ErrorCode;
  readonly blame: Blame;
  readonly retry: Retry;
  readonly message: string;
  readonly details?: ErrorDetails;
}

export class FarmError extends Error {
  override readonly name = 'FarmError';
  readonly code: ErrorCode;
  readonly blame: Blame;
  readonly retry: Retry;
  readonly details: ErrorDetails | undefined;

  /** `message` is for people: sentence case, no full stop, names the object and the fix, never holds a secret. */
  constructor(code: ErrorCode, message: string, options: FarmErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.blame = options.blame;
    this.retry = options.retry ?? 'never';
    this.details = options.details;
  }

  toJSON(): FarmErrorJson {
    const json = { code: this.code, blame: this.blame, retry: this.retry, message: this.message };
    return this.details === undefined ? json : { ...json, details: this.details };
  }
}

/** Recognises by shape, since two copies of this module may meet in one process. */
export function isFarmError(value: unknown): value is FarmError {
  return value instanceof Error && value.name === 'FarmError' && 'code' in value && 'blame' in value;
}

/** Gives every caught value a place in the table; what is not known is a defect of the farm. */
export function toFarmError(
  value: unknown,
  fallback: Partial<FarmErrorOptions> & { code?: ErrorCode } = {},
): FarmError {
  if (isFarmError(value)) return value;
  const message = value instanceof Error ? value.message : String(value);
  return new FarmError(fallback.code ?? 'internal', message, {
    blame: fallback.blame ?? 'farm',
    retry: fallback.retry ?? 'never',
    cause: value,
    ...(fallback.details === undefined ? {} : { details: fallback.details }),
  });
}

/** Rebuilds an error that a peer sent; an unknown code becomes `internal`, so an older side can still report it. */
export function farmErrorFromJson(json: FarmErrorJson): FarmError {
  const code = Object.hasOwn(errorCodes, json.code) ? json.code : 'internal';
  return new FarmError(code, json.message, {
    blame: blames.includes(json.blame) ? json.blame : 'farm',
    retry: json.retry,
    ...(json.details === undefined ? {} : { details: json.details }),
  });
}

export function invalidInput(field: string, problem: string): FarmError {
  return new FarmError('invalid_input', `${field}: ${problem}`, { blame: 'caller', details: { field } });
}
