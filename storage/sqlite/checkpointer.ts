import type { Database } from 'bun:sqlite';
import type { Clock, Timer } from '../../agent/kit/clock.ts';
import type { Log } from '../../agent/kit/log.ts';
import { busyTimeoutMs } from './connection.ts';
import { translateSqliteError } from './errors.ts';

export interface Checkpointer {
  /** Something was committed. */
  committed(): void;
  stop(): void;
}

/** How long nothing may be written before the write-ahead log is moved into the database and cut to nothing. */
const idleMs = 2_000;

/** Under load SQLite checkpoints by itself, but never shrinks the log; this does it in the first pause. */
export function createCheckpointer(deps: { raw: Database; clock: Clock; log: Log }): Checkpointer {
  let timer: Timer | null = null;
  let busySince = false;

  function onTimer(): void {
    timer = null;
    if (busySince) arm();
    else checkpoint();
  }

  function checkpoint(): void {
    try {
      // A reader of another process (a backup) would be waited for, and the whole loop with it: the next pause does as well.
      deps.raw.run('PRAGMA busy_timeout = 0');
      deps.raw.run('PRAGMA wal_checkpoint(TRUNCATE)');
      deps.raw.run(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    } catch (error) {
      // Harmless: the log keeps everything, and the next pause tries again.
      deps.log.warn('storage.checkpoint-failed', {
        message: translateSqliteError(error, 'checkpoint').message,
      });
    }
  }

  function arm(): void {
    busySince = false;
    timer = deps.clock.after(idleMs, onTimer);
  }

  return {
    committed() {
      if (timer === null) arm();
      else busySince = true;
    },
    stop() {
      timer?.cancel();
      timer = null;
    },
  };
}
