import type { ErrorCode, FarmError } from '../../agent/wire/farm-error.ts';

/** Exit codes of every command; scripts rely on them, so a number never changes its meaning. */
export const exitCodes = {
  ok: 0,
  /** A negative answer: the build failed, the file has problems, a health check is in error. */
  negative: 1,
  usage: 2,
  notFound: 3,
  notAllowed: 4,
  unreachable: 5,
  conflict: 6,
  /** The build ended without a verdict: cancelled, or infrastructure failures used up its attempts. */
  noVerdict: 7,
  /** The farm failed to do what was asked. */
  farmFailed: 8,
  /** Ctrl-C, as shells number it. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** For `croft --help`, in the order of the numbers. */
export const exitCodeHelp = `Exit codes:
  0  done; of a build: passed
  1  a negative answer: the build failed, the file has problems, the farm is not healthy
  2  the command line or an argument is wrong
  3  no such thing
  4  not allowed: no token, or one that lacks the scope
  5  no farm answers
  6  not possible in the present state
  7  the build ended without a verdict: cancelled, or the infrastructure failed
  8  the farm failed to do what was asked`;

const byErrorCode: Readonly<Record<ErrorCode, ExitCode>> = {
  invalid_input: exitCodes.usage,
  too_large: exitCodes.usage,
  not_found: exitCodes.notFound,
  blob_missing: exitCodes.notFound,
  unauthenticated: exitCodes.notAllowed,
  forbidden: exitCodes.notAllowed,
  machine_revoked: exitCodes.notAllowed,
  connection_lost: exitCodes.unreachable,
  shutting_down: exitCodes.unreachable,
  timed_out: exitCodes.unreachable,
  conflict: exitCodes.conflict,
  too_many: exitCodes.conflict,
  lease_lost: exitCodes.conflict,
  cancelled: exitCodes.interrupted,
  protocol_violation: exitCodes.farmFailed,
  version_unsupported: exitCodes.farmFailed,
  unknown_kind: exitCodes.farmFailed,
  machine_lost: exitCodes.farmFailed,
  slot_dirty: exitCodes.farmFailed,
  disk_full: exitCodes.farmFailed,
  could_not_start: exitCodes.farmFailed,
  source_unavailable: exitCodes.farmFailed,
  storage_failed: exitCodes.farmFailed,
  internal: exitCodes.farmFailed,
};

export function exitCodeOfError(error: FarmError): ExitCode {
  return byErrorCode[error.code];
}

/** The verdict of a finished build as an exit code; `ok` for one that is not finished. */
export function exitCodeOfBuild(state: string): ExitCode {
  if (state === 'failed') return exitCodes.negative;
  if (state === 'cancelled' || state === 'error') return exitCodes.noVerdict;
  return exitCodes.ok;
}
