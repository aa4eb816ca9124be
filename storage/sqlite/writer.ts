/**
 * The one writer, with group commit: every write method queues a synchronous body; a flush runs all that wait in one
 * transaction, each in a savepoint of its own, so that a body that throws takes back only itself.
 */
import type { Database } from 'bun:sqlite';
import type { Clock } from '../../agent/kit/clock.ts';
import { createDeferred, type Deferred } from '../../agent/kit/deferred.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { Tell } from '../../core/facts/types.ts';
import type { Refusal } from '../../core/health/ports.ts';
import { translateSqliteError } from './errors.ts';
import type { WalSync } from './wal-sync.ts';

/**
 * When a write is acknowledged: `progress` once it survives the death of the process, `result` once it survives the death of
 * the machine.
 */
export type Durability = 'progress' | 'result';

export interface Writer {
  /** `body` runs once, inside a transaction, and must not wait for anything. Resolves with its answer when that is durable. */
  write<T>(durability: Durability, body: () => T): Promise<T>;
  /** Since when and why every write is refused until the process starts again; null while they are taken. */
  refusal(): Refusal | null;
  /** Why the newest commit failed; null when it went well. A body that throws is no failure of the commit. */
  lastFailure(): Refusal | null;
  /** Finishes what is queued; later writes are refused with `shutting_down`. */
  close(): Promise<void>;
}

export interface WriterDeps {
  readonly raw: Database;
  readonly walSync: Pick<WalSync, 'sync'>;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly tell: Tell;
  /** Called after each commit. */
  readonly onCommit?: () => void;
  /** Runs a flush soon, after the input that is ready now has been taken in. */
  readonly defer?: (flush: () => void) => void;
}

interface Entry {
  readonly durability: Durability;
  readonly body: () => unknown;
  readonly done: Deferred<unknown>;
}

type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/** Bodies of one transaction; more would keep the loop from its sockets for too long. */
const bodiesPerCommit = 128;
/** Writes that may wait; past this the disk is hopelessly behind, and taking more would only eat memory. */
const queueLimit = 65_536;

export function createWriter(deps: WriterDeps): Writer {
  const { raw } = deps;
  const defer = deps.defer ?? ((flush) => setImmediate(flush));
  const begin = raw.prepare('BEGIN IMMEDIATE');
  const commit = raw.prepare('COMMIT');
  const save = raw.prepare('SAVEPOINT body');
  const release = raw.prepare('RELEASE body');
  const takeBack = raw.prepare('ROLLBACK TO body');
  let queue: Entry[] = [];
  let scheduled = false;
  let closed = false;
  /** Once a sync failed, nobody knows what the disk holds; only a new process can find out. */
  let broken: FarmError | null = null;
  let brokenAt = 0;
  let failure: Refusal | null = null;
  const syncing = new Set<Promise<void>>();

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    defer(flush);
  }

  function flush(): void {
    scheduled = false;
    const batch = queue.length <= bodiesPerCommit ? queue : queue.slice(0, bodiesPerCommit);
    queue = batch === queue ? [] : queue.slice(bodiesPerCommit);
    if (queue.length > 0) schedule();
    if (batch.length === 0) return;
    const startedAt = deps.clock.monotonic();
    const outcomes = runBatch(batch);
    const synced = settle(batch, outcomes, startedAt);
    syncing.add(synced);
    synced.finally(() => syncing.delete(synced)).catch(rejectedAlready);
  }

  function runBatch(batch: readonly Entry[]): Outcome[] {
    try {
      if (broken !== null) throw broken;
      begin.run();
      const outcomes = batch.map(runOne);
      commit.run();
      deps.onCommit?.();
      failure = null;
      return outcomes;
    } catch (error) {
      if (raw.inTransaction) raw.run('ROLLBACK');
      return batch.map(() => ({ ok: false, error: failed(error) }));
    }
  }

  function failed(cause: unknown): FarmError {
    const error = translateSqliteError(cause, 'write to the database');
    failure ??= { since: deps.clock.now(), message: error.message };
    deps.tell({ type: 'database-failed', code: error.code });
    return error;
  }

  function runOne({ body }: Entry): Outcome {
    save.run();
    try {
      const value = body();
      release.run();
      return { ok: true, value };
    } catch (error) {
      // A full disk or a broken file ends the whole transaction by itself; then nothing of the batch is kept.
      if (!raw.inTransaction) throw error;
      takeBack.run();
      release.run();
      return { ok: false, error: translateSqliteError(error, 'write to the database') };
    }
  }

  async function settle(
    batch: readonly Entry[],
    outcomes: readonly Outcome[],
    startedAt: number,
  ): Promise<void> {
    const committedAt = deps.clock.monotonic();
    const commitMs = committedAt - startedAt;
    const isCommitted = failure === null;
    const results: [Entry, Outcome][] = [];
    for (const [index, entry] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) continue;
      if (outcome.ok && entry.durability === 'result') results.push([entry, outcome]);
      else settleOne(entry, outcome);
    }
    const writes = batch.length;
    if (results.length === 0) {
      if (isCommitted) deps.tell({ type: 'database-commit', writes, commitMs, syncMs: null });
      return;
    }
    try {
      await deps.walSync.sync();
    } catch (error) {
      if (broken === null) brokenAt = deps.clock.now();
      broken ??= failed(error);
      for (const [entry] of results) entry.done.reject(broken);
      return;
    }
    const syncMs = deps.clock.monotonic() - committedAt;
    deps.tell({ type: 'database-commit', writes, commitMs, syncMs });
    for (const [entry, outcome] of results) settleOne(entry, outcome);
  }

  return {
    write<T>(durability: Durability, body: () => T): Promise<T> {
      if (closed) return Promise.reject(shuttingDown());
      if (queue.length >= queueLimit) return Promise.reject(overloaded());
      const done = createDeferred<T>();
      queue.push({ durability, body, done: done as Deferred<unknown> });
      schedule();
      return done.promise;
    },
    refusal: () => (broken === null ? null : { since: brokenAt, message: broken.message }),
    lastFailure: () => failure,
    async close() {
      closed = true;
      while (queue.length > 0) flush();
      await Promise.allSettled(syncing);
    },
  };
}

function settleOne({ done }: Entry, outcome: Outcome): void {
  if (outcome.ok) done.resolve(outcome.value);
  else done.reject(outcome.error);
}

/** `settle` hands every failure to the writers whose it is; nothing is left to tell here. */
function rejectedAlready(): void {}

function shuttingDown(): FarmError {
  return new FarmError('shutting_down', 'The database is being closed', { blame: 'farm', retry: 'same' });
}

function overloaded(): FarmError {
  return new FarmError('too_many', `${queueLimit} writes wait for the database already`, {
    blame: 'farm',
    retry: { afterMs: 1_000 },
  });
}
