/** The bodies of the writing methods; each runs inside one transaction of the writer. */
import { and, eq, isNull, max, sql } from 'drizzle-orm';
import type { BunSQLiteDatabase } from 'drizzle-orm/bun-sqlite';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { BuildStore, NewBuild } from '../../core/builds/ports.ts';
import { type Build, type BuildState, isFinished, type JournalEntry } from '../../core/builds/types.ts';
import {
  artifacts,
  attempts,
  buildCounts,
  builds,
  journal,
  leases,
  machineDays,
  sealedLogs,
} from '../schema/sqlite.ts';
import { attemptErrorCodec } from '../schema/values.ts';
import { artifactRowOf, type JournalRow, journalRowOf, sealedLogRowOf } from './build-rows.ts';
import type { SqliteDatabase } from './database.ts';
import { dayOf } from './days.ts';
import { given, inserter, param } from './statements.ts';

type Op<M extends 'claim' | 'endAttempt' | 'cancel'> = Parameters<BuildStore[M]>[0];
type Answer<M extends 'claim' | 'endAttempt' | 'cancel'> = Awaited<ReturnType<BuildStore[M]>>;

export interface BuildTransitions {
  create(build: NewBuild): { build: Build; created: boolean };
  claim(op: Op<'claim'>): Answer<'claim'>;
  appendJournal(entries: readonly JournalEntry[]): void;
  endAttempt(op: Op<'endAttempt'>): Build;
  cancel(op: Op<'cancel'>): Answer<'cancel'>;
}

export function createBuildTransitions({ db }: SqliteDatabase): BuildTransitions {
  const statements = prepareTransitions(db);

  /** Stores the build as it is now, and moves it from one count to the other. */
  function save(before: Build, after: Build): Build {
    statements.saveBuild.run({ ...after });
    if (before.state !== after.state) {
      count(before.state, -1);
      count(after.state, 1);
    }
    return after;
  }

  function count(state: BuildState, change: number): void {
    statements.count.run({ state, change });
  }

  function create(fresh: NewBuild): { build: Build; created: boolean } {
    const { repo, commit, builder } = fresh;
    const stored =
      statements.build.get({ id: fresh.id }) ??
      (fresh.trigger === 'commit' ? statements.buildOfCommit.get({ repo, commit, builder }) : undefined);
    if (stored !== undefined) return { build: stored, created: false };
    const build = waitingBuild(fresh);
    statements.insertBuild(build);
    count('waiting', 1);
    return { build, created: true };
  }

  function claim(op: Op<'claim'>): Answer<'claim'> {
    const { machineId, slot, leaseId, at } = op;
    const build = statements.build.get({ id: op.buildId });
    const claimedBefore = statements.attempt.get({ id: op.attempt.id });
    if (build !== undefined && claimedBefore?.buildId === build.id) return { outcome: 'claimed', build };
    if (build?.state !== 'waiting') return { outcome: 'not-waiting' };
    if (statements.openLease.get({ machineId, slot }) !== undefined) return { outcome: 'slot-taken' };
    const holder = { holderKind: 'build', holderId: build.id } as const;
    statements.insertLease({ id: leaseId, machineId, slot, ...holder, grantedAt: at, endedAt: null });
    statements.insertAttempt({
      ...op.attempt,
      buildId: build.id,
      builder: build.builder,
      machineId,
      slot,
      leaseId,
      state: 'running',
      startedAt: at,
      endedAt: null,
      error: null,
    });
    appendJournal(op.journal);
    const startedAt = build.startedAt ?? at;
    return {
      outcome: 'claimed',
      build: save(build, { ...build, state: 'running', startedAt, attempts: build.attempts + 1 }),
    };
  }

  function appendJournal(entries: readonly JournalEntry[]): void {
    for (const [attemptId, ofAttempt] of Map.groupBy(entries, (entry) => entry.attemptId)) {
      let next = (statements.lastSeq.get({ attemptId })?.seq ?? -1) + 1;
      for (const entry of ofAttempt) {
        const row = journalRowOf(entry);
        if (row.seq < next && isStored(row)) continue;
        if (row.seq !== next) throw journalGap(entry, next);
        statements.insertJournal(row);
        next++;
      }
    }
  }

  /** The same entry again: a caller that never heard that it was stored. */
  function isStored(row: JournalRow): boolean {
    const { attemptId, seq } = row;
    return Bun.deepEquals(statements.journalEntry.get({ attemptId, seq }), row);
  }

  function endAttempt(op: Op<'endAttempt'>): Build {
    const build = statements.build.get({ id: op.buildId });
    const attempt = statements.attempt.get({ id: op.attemptId });
    if (build === undefined || attempt?.buildId !== build.id) throw unknownAttempt(op);
    if (attempt.state !== 'running') return build;
    appendJournal(op.journal);
    const error = op.error === null ? null : attemptErrorCodec.encode(op.error);
    statements.endAttempt.run({ id: attempt.id, state: op.state, endedAt: op.at, error });
    statements.endLease.run({ id: attempt.leaseId, endedAt: op.at });
    if (op.log !== null) statements.insertLog(sealedLogRowOf(op.log));
    for (const artifact of op.artifacts) statements.insertArtifact(artifactRowOf(artifact, op.at));
    const failures = op.state === 'infrastructure' ? 1 : 0;
    statements.countDay.run({ day: dayOf(op.at), machineId: attempt.machineId, failures });
    return save(build, afterAttempt(build, op));
  }

  function cancel(op: Op<'cancel'>): Answer<'cancel'> {
    const build = statements.build.get({ id: op.buildId });
    if (build === undefined) return { outcome: 'missing' };
    if (isFinished(build.state)) return { outcome: 'finished', build };
    const marked = { ...build, cancelRequestedBy: build.cancelRequestedBy ?? op.by };
    return build.state === 'running'
      ? { outcome: 'stopping', build: save(build, marked) }
      : { outcome: 'cancelled', build: save(build, cancelled(marked, op.at)) };
  }

  return { create, claim, appendJournal, endAttempt, cancel };
}

function waitingBuild(fresh: NewBuild): Build {
  return {
    ...fresh,
    state: 'waiting',
    startedAt: null,
    endedAt: null,
    attempts: 0,
    notBefore: 0,
    cancelRequestedBy: null,
    blame: null,
    message: null,
  };
}

/**
 * A cancellation that was stored while the attempt was ending meets a build that would wait again: nothing runs that could
 * be stopped, so it takes effect here, in the same transaction.
 */
function afterAttempt(build: Build, { at, followUp }: Op<'endAttempt'>): Build {
  if (followUp.kind === 'finished') {
    const { state, blame, message } = followUp;
    return { ...build, state, endedAt: at, blame, message };
  }
  if (build.cancelRequestedBy !== null) return cancelled(build, at);
  return { ...build, state: 'waiting', notBefore: followUp.notBefore };
}

function cancelled(build: Build, at: number): Build {
  const message = `Cancelled by ${build.cancelRequestedBy}`;
  return { ...build, state: 'cancelled', endedAt: at, blame: 'caller', message };
}

function journalGap(entry: JournalEntry, expected: number): FarmError {
  return new FarmError(
    'conflict',
    `The journal of attempt "${entry.attemptId}" goes on at ${expected}, so entry ${entry.seq} does not fit`,
    { blame: 'farm', details: { attempt: entry.attemptId, expected, seq: entry.seq } },
  );
}

function unknownAttempt(op: Op<'endAttempt'>): FarmError {
  return new FarmError('not_found', `Build "${op.buildId}" has no attempt "${op.attemptId}"`, {
    blame: 'farm',
    details: { build: op.buildId, attempt: op.attemptId },
  });
}

/** What changes in a build's life; all else is fixed when it is made. */
const lifeOf = {
  state: given('state'),
  startedAt: given('startedAt'),
  endedAt: given('endedAt'),
  attempts: given('attempts'),
  notBefore: given('notBefore'),
  cancelRequestedBy: given('cancelRequestedBy'),
  blame: given('blame'),
  message: given('message'),
} as const;

function prepareTransitions(db: BunSQLiteDatabase) {
  const { machineId, slot } = leases;
  return {
    build: db
      .select()
      .from(builds)
      .where(eq(builds.id, param('id')))
      .prepare(),
    buildOfCommit: db
      .select()
      .from(builds)
      .where(
        and(
          eq(builds.repo, param('repo')),
          eq(builds.commit, param('commit')),
          eq(builds.builder, param('builder')),
          sql`${builds.trigger} = 'commit'`,
        ),
      )
      .prepare(),
    insertBuild: inserter(db, builds),
    saveBuild: db
      .update(builds)
      .set(lifeOf)
      .where(eq(builds.id, param('id')))
      .prepare(),
    count: db
      .insert(buildCounts)
      .values({ state: param('state'), count: param('change') })
      .onConflictDoUpdate({
        target: buildCounts.state,
        set: { count: sql`${buildCounts.count} + excluded.count` },
      })
      .prepare(),
    openLease: db
      .select({ id: leases.id })
      .from(leases)
      .where(and(eq(machineId, param('machineId')), eq(slot, param('slot')), isNull(leases.endedAt)))
      .prepare(),
    insertLease: inserter(db, leases),
    endLease: db
      .update(leases)
      .set({ endedAt: given('endedAt') })
      .where(eq(leases.id, param('id')))
      .prepare(),
    attempt: db
      .select()
      .from(attempts)
      .where(eq(attempts.id, param('id')))
      .prepare(),
    insertAttempt: inserter(db, attempts),
    endAttempt: db
      .update(attempts)
      .set({ state: given('state'), endedAt: given('endedAt'), error: given('error') })
      .where(eq(attempts.id, param('id')))
      .prepare(),
    lastSeq: db
      .select({ seq: max(journal.seq) })
      .from(journal)
      .where(eq(journal.attemptId, param('attemptId')))
      .prepare(),
    journalEntry: db
      .select()
      .from(journal)
      .where(and(eq(journal.attemptId, param('attemptId')), eq(journal.seq, param('seq'))))
      .prepare(),
    insertJournal: inserter(db, journal),
    insertLog: inserter(db, sealedLogs),
    insertArtifact: inserter(db, artifacts),
    countDay: db
      .insert(machineDays)
      .values({
        day: param('day'),
        machineId: param('machineId'),
        attempts: 1,
        infrastructureFailures: param('failures'),
      })
      .onConflictDoUpdate({
        target: [machineDays.day, machineDays.machineId],
        set: {
          attempts: sql`${machineDays.attempts} + 1`,
          infrastructureFailures: sql`${machineDays.infrastructureFailures} + excluded.infrastructure_failures`,
        },
      })
      .prepare(),
  };
}
