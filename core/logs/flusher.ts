/**
 * Carries an open log from memory to its file. Nothing is written for a log that stays small and ends soon; otherwise every byte is
 * on its way after `afterMs`. What the disk refuses stays in memory and is tried again, while the writer waits.
 */
import type { Clock, Timer } from '../../agent/kit/clock.ts';
import { createDeferred, type Deferred } from '../../agent/kit/deferred.ts';
import type { Log } from '../../agent/kit/log.ts';
import { type FarmError, toFarmError } from '../../agent/wire/farm-error.ts';
import type { LogFile, LogFiles } from './ports.ts';
import type { GrowingMarks } from './time-marks.ts';
import type { WriteBuffer } from './write-buffer.ts';

/** Shared by all open logs, so that a stuck disk can not fill the memory through their number. */
export interface FlushBudget {
  unflushedBytes: number;
}

export interface FlusherDeps {
  readonly id: string;
  readonly files: Pick<LogFiles, 'open'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly buffer: WriteBuffer;
  readonly marks: GrowingMarks;
  readonly budget: FlushBudget;
  /** The file, when there is one already. */
  readonly file: LogFile | null;
  /** More is on disk than before. */
  readonly onDurable: () => void;
}

export interface Flusher {
  readonly durable: number;
  readonly file: LogFile | null;
  readonly isFailing: boolean;
  /** `count` bytes came into the buffer. Resolves when there is room for more. */
  appended(count: number): Promise<void>;
  /** Resolves when all that is in the buffer now is in the file; rejects when the disk refuses it. */
  flush(): Promise<void>;
  /** The file is cut back to `size`, and the buffer is about to be; what was not flushed is given up. */
  cut(size: number): void;
  /** Stops; who waits is told `reason`. Resolves when the file is no longer in use. */
  stop(reason: FarmError): Promise<void>;
}

const afterMs = 300;
/** Unflushed bytes that start a flush: more before there is a file, so that small logs need none. */
const startBytes = { withoutFile: 64 * 1024, withFile: 128 * 1024 } as const;
/** Unflushed bytes at which the writer waits: of one log; of one log while all together have used up theirs. */
const roomBytes = 1024 * 1024;
const narrowRoomBytes = 64 * 1024;
const budgetBytes = 64 * 1024 * 1024;
const retry = { firstMs: 300, maxMs: 5_000 } as const;
/** A writer that waits for room learns of the failure after this long; shorter troubles pass unseen. */
const patienceMs = 30_000;
const here = Promise.resolve();

interface Waiter {
  /** Durable size that it waits for; null: for room. */
  readonly target: number | null;
  readonly deferred: Deferred<void>;
}

export function createFlusher(deps: FlusherDeps): Flusher {
  const { id, files, clock, buffer, marks, budget } = deps;
  let { file } = deps;
  let durable = buffer.end;
  let wanted = durable;
  let waiters: Waiter[] = [];
  let pumping: Promise<void> | null = null;
  let timer: Timer | null = null;
  let failingSince: number | null = null;
  let retryMs: number = retry.firstMs;
  let stopped: FarmError | null = null;

  function hasRoom(): boolean {
    const unflushed = buffer.end - durable;
    if (unflushed < narrowRoomBytes) return true;
    return unflushed < roomBytes && budget.unflushedBytes < budgetBytes;
  }

  function advance(count: number): void {
    durable += count;
    budget.unflushedBytes -= count;
    deps.onDurable();
    settle((waiter) => (waiter.target === null ? hasRoom() : waiter.target <= durable));
  }

  function settle(isDue: (waiter: Waiter) => boolean, error?: FarmError): void {
    const due = waiters.filter(isDue);
    if (due.length === 0) return;
    waiters = waiters.filter((waiter) => !due.includes(waiter));
    for (const { deferred } of due) error === undefined ? deferred.resolve() : deferred.reject(error);
  }

  function wait(target: number | null): Promise<void> {
    const waiter = { target, deferred: createDeferred<void>() };
    waiters.push(waiter);
    return waiter.deferred.promise;
  }

  async function pump(): Promise<void> {
    try {
      while (durable < wanted && stopped === null) {
        file ??= await files.open(id);
        const piece = buffer.view(durable, Math.min(wanted, marks.nextAfter(durable)) - durable);
        await file.append(piece, marks.timeOf(durable) ?? clock.now());
        advance(piece.length);
      }
      recovered();
    } catch (error) {
      failed(toFarmError(error, { code: 'storage_failed' }));
    }
    pumping = null;
    if (buffer.end > durable) armTimer(failingSince === null ? afterMs : retryMs);
  }

  function recovered(): void {
    if (failingSince !== null) deps.log.info('log.written-again', { id });
    failingSince = null;
    retryMs = retry.firstMs;
  }

  function failed(error: FarmError): void {
    const now = clock.monotonic();
    if (failingSince === null) {
      failingSince = now;
      deps.log.error('log.not-written', { id, code: error.code, message: error.message });
    } else {
      retryMs = Math.min(retry.maxMs, retryMs * 2);
    }
    const isOverdue = now - failingSince >= patienceMs;
    settle((waiter) => waiter.target !== null || isOverdue, error);
  }

  function startPump(): void {
    wanted = buffer.end;
    if (stopped !== null || pumping !== null || durable >= wanted) return;
    timer?.cancel();
    timer = null;
    pumping = pump();
  }

  function armTimer(ms: number): void {
    if (timer !== null || stopped !== null) return;
    timer = clock.after(ms, () => {
      timer = null;
      startPump();
    });
  }

  return {
    get durable() {
      return durable;
    },
    get file() {
      return file;
    },
    get isFailing() {
      return failingSince !== null;
    },
    appended(count) {
      budget.unflushedBytes += count;
      const start = file === null ? startBytes.withoutFile : startBytes.withFile;
      // While the disk refuses, its timer decides when it is tried again.
      if (buffer.end - durable < start || failingSince !== null) armTimer(afterMs);
      else startPump();
      return hasRoom() ? here : wait(null);
    },
    flush() {
      if (stopped !== null) return Promise.reject(stopped);
      if (durable >= buffer.end) return here;
      const done = wait(buffer.end);
      startPump();
      return done;
    },
    cut(size) {
      budget.unflushedBytes -= buffer.end - durable;
      durable = size;
      wanted = size;
    },
    async stop(reason) {
      stopped = reason;
      timer?.cancel();
      timer = null;
      settle(() => true, reason);
      await pumping;
      budget.unflushedBytes -= buffer.end - durable;
    },
  };
}
