/** What the disk refuses, as the farm's error: a full disk is the machine's fault, and another machine may do. */
import { FarmError, isFarmError, toFarmError } from './wire/farm-error.ts';

export function isDiskFull(error: unknown): boolean {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

export function toDiskError(error: unknown, doing: string): FarmError {
  if (isFarmError(error)) return error;
  if (isDiskFull(error)) {
    return new FarmError('disk_full', `The disk of the machine is full: cannot ${doing}`, {
      blame: 'machine',
      retry: 'elsewhere',
      cause: error,
    });
  }
  return toFarmError(error, { blame: 'machine', retry: 'elsewhere' });
}
