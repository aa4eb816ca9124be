/** Keeps retention and backups of one data folder apart, across processes and whatever dies. */
import { join } from 'node:path';
import { isFarmError } from '../../agent/wire/farm-error.ts';
import type { RemovalGate } from '../../core/retention/types.ts';
import { type FileLock, lockDatabase } from '../sqlite/lock.ts';

/** Null while the other side has it. */
export function lockRemovals(dir: string): FileLock | null {
  try {
    return lockDatabase(join(dir, 'removals'));
  } catch (error) {
    if (isFarmError(error) && error.code === 'conflict') return null;
    throw error;
  }
}

export function createRemovalGate(dir: string): RemovalGate {
  return {
    async enter() {
      const lock = lockRemovals(dir);
      return lock === null ? null : () => lock.release();
    },
  };
}
