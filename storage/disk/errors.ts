import { FarmError, isFarmError } from '../../agent/wire/farm-error.ts';

/** The code of a failed system call (`ENOENT`), or null for another error. */
export function systemCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** What a failed system call means to the farm; `doing` says what was attempted ("store the blob x"). */
export function translateDiskError(error: unknown, doing: string): FarmError {
  if (isFarmError(error)) return error;
  const code = systemCode(error);
  const details = { system: code };
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new FarmError('disk_full', `Cannot ${doing}: the disk is full; make room on it`, {
      blame: 'farm',
      retry: { afterMs: 5_000 },
      details,
      cause: error,
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new FarmError('storage_failed', `Cannot ${doing}: ${message}`, {
    blame: 'farm',
    details,
    cause: error,
  });
}
