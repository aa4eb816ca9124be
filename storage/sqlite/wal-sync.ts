import { constants } from 'node:fs';
import { FarmError } from '../../agent/wire/farm-error.ts';
import { openDescriptor } from '../disk/descriptor.ts';

/** Makes committed transactions survive the death of the machine, without blocking the loop. */
export interface WalSync {
  /** Resolves once everything that was committed before the call is on the disk. Calls under way at once share one sync. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * `synchronous = FULL` is `NORMAL` and one fsync of the write-ahead log after each commit, and SQLite does it on the calling
 * thread, which here is the whole coordinator. So the connection commits with NORMAL, and this fsyncs the same file through
 * a descriptor of its own on the thread pool. A checkpoint that resets the log in between has synced all of it into the
 * database first, so the promise holds then too. The log has no POSIX locks (they are on the database and its `-shm`), so
 * closing this descriptor drops none.
 */
export async function openWalSync(databaseFile: string): Promise<WalSync> {
  const handle = await openDescriptor(`${databaseFile}-wal`, constants.O_RDWR);
  let running: Promise<void> | null = null;
  let following: Promise<void> | null = null;

  async function start(): Promise<void> {
    try {
      await handle.sync();
    } catch (error) {
      throw new FarmError('storage_failed', 'The disk of the database did not take a sync', {
        blame: 'farm',
        cause: error,
      });
    } finally {
      running = following;
      following = null;
    }
  }

  return {
    sync() {
      if (running === null) {
        running = start();
        return running;
      }
      // The one under way may have begun before the newest commit; one more covers all that came since.
      following ??= running.then(start, start);
      return following;
    },
    async close() {
      await Promise.allSettled([running, following]);
      await handle.close();
    },
  };
}
