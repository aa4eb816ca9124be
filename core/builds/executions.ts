/** The attempts that run now: each from its claim, or from the journal after a restart, to the transaction that ends it. */

import { Value } from '@sinclair/typebox/value';
import { backoffDelayMs } from '../../agent/kit/backoff.ts';
import type { Randomness } from '../../agent/kit/ids.ts';
import type { Log } from '../../agent/kit/log.ts';
import { FarmError, toFarmError } from '../../agent/wire/farm-error.ts';
import { RunExit } from '../../agent/wire/protocol.ts';
import type { Logs } from '../logs/index.ts';
import type { Fleet, HeldLease } from '../machines/types.ts';
import { type AttemptContext, type AttemptDeps, runAttempt } from './attempt.ts';
import { createJournal } from './journal.ts';
import { type AttemptEnd, afterAttempt, endedBy } from './outcome.ts';
import type { BuildStore } from './ports.ts';
import type { Attempt, Build, JournalEntry } from './types.ts';

export interface ExecutionDeps extends AttemptDeps {
  readonly store: BuildStore;
  readonly fleet: Fleet;
  readonly logs: Pick<Logs, 'open' | 'bytes'>;
  readonly randomness: Randomness;
  readonly log: Log;
  /** The attempt is over and stored; `build` is as it stands now. */
  readonly onEnded: (build: Build, attempt: Attempt, end: AttemptEnd) => void;
}

export interface Executions {
  /** Goes on with an attempt that is claimed in the store. `resumed`: after a restart. */
  start(build: Build, attempt: Attempt, journal: readonly JournalEntry[], resumed: boolean): void;
  /** False when no attempt of this build runs here. */
  cancel(build: Build): boolean;
  count(): number;
  running(buildId: string): Build | null;
  /** Leaves every attempt as it is, to be taken up by the next process. */
  stop(): Promise<void>;
}

interface Execution {
  build: Build;
  readonly cancel: AbortController;
  done: Promise<void>;
}

/** Times that an attempt is taken up again after the farm itself failed under it. */
const mostTries = 5;
const storeAgain = { firstMs: 200, maxMs: 30_000, factor: 2 } as const;

export function createExecutions(deps: ExecutionDeps): Executions {
  const running = new Map<string, Execution>();
  const shutdown = new AbortController();

  function logOf({ id, buildId, machineId, leaseId }: Attempt): Log {
    return deps.log.with({ build: buildId, attempt: id, machine: machineId, lease: leaseId });
  }

  /**
   * What goes wrong on the way to an end (a disk that takes no log, a database that can't be read) must not leave a build that
   * runs for ever: the attempt is taken up again from its journal, as after a restart.
   */
  async function untilEnded(
    execution: Execution,
    attempt: Attempt,
    journal: readonly JournalEntry[],
    resumed: boolean,
  ): Promise<void> {
    const lease = holdLease(execution.build, attempt, journal, resumed);
    let stored = journal;
    for (let tries = 1; !shutdown.signal.aborted; tries++) {
      try {
        return await execute(execution, attempt, stored, lease);
      } catch (error) {
        if (shutdown.signal.aborted) return;
        const farmError = toFarmError(error);
        const { code, message } = farmError;
        logOf(attempt).error('build.execution-broke', { code, message, tries });
        if (tries >= mostTries) return await giveUp(execution, attempt, lease, farmError);
      }
      try {
        await deps.clock.sleep(100 + backoffDelayMs(tries, storeAgain, deps.randomness), shutdown.signal);
        stored = await deps.store.journal(attempt.id);
      } catch (error) {
        if (shutdown.signal.aborted) return;
        logOf(attempt).error('build.journal-not-read', { message: toFarmError(error).message });
      }
    }
  }

  function holdLease(
    build: Build,
    attempt: Attempt,
    stored: readonly JournalEntry[],
    resumed: boolean,
  ): HeldLease {
    return deps.fleet.hold({
      machineId: attempt.machineId,
      slot: attempt.slot,
      leaseId: attempt.leaseId,
      holder: { kind: 'build', id: build.id },
      since: attempt.startedAt,
      begun: resumed && stored.some((entry) => entry.step === 'prepare' && entry.phase === 'result'),
    });
  }

  async function execute(
    execution: Execution,
    attempt: Attempt,
    stored: readonly JournalEntry[],
    lease: HeldLease,
  ): Promise<void> {
    const { build } = execution;
    const ctx: AttemptContext = {
      build,
      attempt,
      machineName: deps.fleet.get(attempt.machineId)?.machine.name ?? attempt.machineId,
      lease,
      journal: createJournal(
        { append: (entries) => deps.store.appendJournal(entries), now: deps.clock.now },
        attempt.id,
        stored,
      ),
      log: await deps.logs.open(attempt.id),
      lastByte: async () => {
        const { size } = ctx.log;
        let last: number | null = null;
        if (size > 0)
          for await (const part of deps.logs.bytes(attempt.id, size - 1, size)) last = part.at(-1) ?? last;
        return last;
      },
      cancelled: execution.cancel.signal,
      shutdown: shutdown.signal,
    };
    if (build.cancelRequestedBy !== null) execution.cancel.abort(cancellation(build.cancelRequestedBy));
    const end = await runAttempt(deps, ctx);
    const ended = await persistently(attempt, () => store(execution, ctx, end));
    settle(ended, attempt, end, lease);
    try {
      await ctx.log.discard();
    } catch (error) {
      // The sealed form is stored; what is left of the live file goes at the next start.
      logOf(attempt).warn('build.live-log-stays', { message: toFarmError(error).message });
    }
  }

  /** The farm can't carry this attempt to its end: that is an infrastructure failure like others, without its log. */
  async function giveUp(
    execution: Execution,
    attempt: Attempt,
    lease: HeldLease,
    error: FarmError,
  ): Promise<void> {
    const end: AttemptEnd = { ...endedBy(error), state: 'infrastructure', artifacts: [] };
    const at = deps.clock.now();
    const ended = await persistently(attempt, () =>
      deps.store.endAttempt({
        attemptId: attempt.id,
        buildId: attempt.buildId,
        at,
        journal: [],
        state: end.state,
        error: end.error,
        log: null,
        artifacts: [],
        followUp: afterAttempt(execution.build, attempt.number, end, at),
      }),
    );
    settle(ended, attempt, end, lease);
  }

  function settle(build: Build, attempt: Attempt, end: AttemptEnd, lease: HeldLease): void {
    running.delete(build.id);
    lease.giveBack();
    if (end.state !== 'cancelled') {
      const failure = end.state === 'infrastructure' ? end.error : null;
      deps.fleet.recordOutcome({ machineId: attempt.machineId, builder: build.builder, failure });
    }
    deps.onEnded(build, attempt, end);
  }

  async function store(execution: Execution, ctx: AttemptContext, end: AttemptEnd): Promise<Build> {
    const sealed = await ctx.log.seal(droppedBytes(ctx.journal.entries()));
    const now = deps.clock.now();
    return await deps.store.endAttempt({
      attemptId: ctx.attempt.id,
      buildId: ctx.build.id,
      at: now,
      journal: ctx.journal.unstored(),
      state: end.state,
      error: end.error,
      log: sealed,
      artifacts: end.artifacts,
      followUp: afterAttempt(execution.build, ctx.attempt.number, end, now),
    });
  }

  /** A verdict is never dropped because a disk or a bucket is out of order: it is tried until it is stored. */
  async function persistently<T>(attempt: Attempt, work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (error) {
        const { message, code } = toFarmError(error);
        logOf(attempt).error('build.end-not-stored', { code, message, tries });
        await deps.clock.sleep(100 + backoffDelayMs(tries - 1, storeAgain, deps.randomness), shutdown.signal);
      }
    }
  }

  return {
    start(build, attempt, journal, resumed) {
      const execution: Execution = { build, cancel: new AbortController(), done: Promise.resolve() };
      running.set(build.id, execution);
      execution.done = untilEnded(execution, attempt, journal, resumed).finally(() =>
        deps.holds.letGo(attempt.id),
      );
    },
    cancel(build) {
      const execution = running.get(build.id);
      if (execution === undefined) return false;
      execution.build = build;
      execution.cancel.abort(cancellation(build.cancelRequestedBy ?? 'somebody'));
      return true;
    },
    count: () => running.size,
    running: (buildId) => running.get(buildId)?.build ?? null,
    async stop() {
      shutdown.abort(
        new FarmError('shutting_down', 'The coordinator goes down', { blame: 'farm', retry: 'same' }),
      );
      await Promise.all([...running.values()].map((execution) => execution.done));
    },
  };
}

function cancellation(by: string): FarmError {
  return new FarmError('cancelled', `Cancelled by ${by}`, { blame: 'caller', details: { by } });
}

function droppedBytes(entries: readonly JournalEntry[]): number {
  let sum = 0;
  for (const { phase, data } of entries) {
    if (phase !== 'result' || typeof data !== 'object' || data === null || !('exit' in data)) continue;
    if (Value.Check(RunExit, data.exit)) sum += data.exit.droppedBytes;
  }
  // An agent may say anything; what can't be stored would keep the attempt from ending.
  return Math.min(sum, Number.MAX_SAFE_INTEGER);
}
