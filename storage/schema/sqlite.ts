/**
 * The tables, as SQLite has them. Only types that PostgreSQL has too: integers (times are ms since 1970 UTC, booleans 0 and 1),
 * text (JSON where `values.ts` has a schema for it) and bytes. The generator of migrations makes every table STRICT.
 *
 * An index stands here for each way in which a store reads; `query-plans.test.ts` fails when one is missing.
 */
import { sql } from 'drizzle-orm';
import {
  blob,
  check,
  foreignKey,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';
import type { Blame } from '../../agent/wire/farm-error.ts';
import type { AttemptState, Build, BuildState } from '../../core/builds/types.ts';
import type { Lease, MachineEvent } from '../../core/machines/types.ts';
import type { TaskClass } from '../../core/scheduler/types.ts';

// ------------------------------------------------------------------------------------------------------------- source

export const repositories = sqliteTable('repositories', {
  repo: text('repo').primaryKey(),
  lastCheckedAt: integer('last_checked_at'),
  lastError: text('last_error'),
  defaultBranch: text('default_branch'),
});

/** `head` is null once the remote has the branch no longer; `nextPosition` goes on growing, should it come back. */
export const branches = sqliteTable(
  'branches',
  {
    repo: text('repo').notNull(),
    branch: text('branch').notNull(),
    head: text('head'),
    nextPosition: integer('next_position').notNull(),
  },
  (table) => [primaryKey({ columns: [table.repo, table.branch] })],
);

export const commits = sqliteTable(
  'commits',
  {
    repo: text('repo').notNull(),
    hash: text('hash').notNull(),
    tree: text('tree').notNull(),
    parents: text('parents').notNull(),
    authorName: text('author_name').notNull(),
    authorEmail: text('author_email').notNull(),
    authoredAt: integer('authored_at').notNull(),
    committedAt: integer('committed_at').notNull(),
    subject: text('subject').notNull(),
  },
  (table) => [primaryKey({ columns: [table.repo, table.hash] })],
);

export const branchCommits = sqliteTable(
  'branch_commits',
  {
    repo: text('repo').notNull(),
    branch: text('branch').notNull(),
    position: integer('position').notNull(),
    hash: text('hash').notNull(),
    seenAt: integer('seen_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.repo, table.branch, table.position] }),
    uniqueIndex('branch_commits_hash').on(table.repo, table.branch, table.hash),
    foreignKey({ columns: [table.repo, table.hash], foreignColumns: [commits.repo, commits.hash] }),
    foreignKey({ columns: [table.repo, table.branch], foreignColumns: [branches.repo, branches.branch] }),
  ],
);

export const sourceArchives = sqliteTable(
  'source_archives',
  {
    repo: text('repo').notNull(),
    tree: text('tree').notNull(),
    digest: text('digest').notNull(),
    bytes: integer('bytes').notNull(),
    blobKey: text('blob_key').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.repo, table.tree] }),
    index('source_archives_age').on(table.createdAt, table.repo, table.tree),
    index('source_archives_blob').on(table.blobKey),
  ],
);

// ----------------------------------------------------------------------------------------------------------- machines

export const machines = sqliteTable(
  'machines',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    hostType: text('host_type').notNull(),
    publicKey: text('public_key').notNull(),
    slots: integer('slots').notNull(),
    platform: text('platform').notNull(),
    createdAt: integer('created_at').notNull(),
    lastSeenAt: integer('last_seen_at').notNull(),
    draining: integer('draining', { mode: 'boolean' }).notNull(),
    quarantineSince: integer('quarantine_since'),
    quarantineReason: text('quarantine_reason'),
    quarantineBy: text('quarantine_by'),
    revokedAt: integer('revoked_at'),
  },
  (table) => [
    uniqueIndex('machines_public_key').on(table.publicKey).where(sql`${table.revokedAt} IS NULL`),
    check(
      'machines_quarantine',
      sql`(${table.quarantineSince} IS NULL) = (${table.quarantineReason} IS NULL)
        AND (${table.quarantineSince} IS NULL) = (${table.quarantineBy} IS NULL)`,
    ),
  ],
);

export const joinTokens = sqliteTable(
  'join_tokens',
  {
    id: text('id').primaryKey(),
    hash: text('hash').notNull(),
    hostType: text('host_type'),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    usedAt: integer('used_at'),
    usedBy: text('used_by').references(() => machines.id),
    createdBy: text('created_by').notNull(),
  },
  (table) => [uniqueIndex('join_tokens_hash').on(table.hash)],
);

export const machineEvents = sqliteTable(
  'machine_events',
  {
    /** Order of arrival, seen by nobody outside. */
    seq: integer('seq').primaryKey(),
    machineId: text('machine_id')
      .notNull()
      .references(() => machines.id),
    at: integer('at').notNull(),
    kind: text('kind').$type<MachineEvent['kind']>().notNull(),
    text: text('text').notNull(),
  },
  (table) => [index('machine_events_newest').on(table.machineId, table.at, table.seq)],
);

export const leases = sqliteTable(
  'leases',
  {
    id: text('id').primaryKey(),
    machineId: text('machine_id')
      .notNull()
      .references(() => machines.id),
    slot: integer('slot').notNull(),
    holderKind: text('holder_kind').$type<Lease['holder']['kind']>().notNull(),
    holderId: text('holder_id').notNull(),
    grantedAt: integer('granted_at').notNull(),
    endedAt: integer('ended_at'),
  },
  (table) => [
    uniqueIndex('leases_open').on(table.machineId, table.slot).where(sql`${table.endedAt} IS NULL`),
  ],
);

/** Ended attempts of a machine by day (UTC days since 1970), so that a month of them is counted from a few rows. */
export const machineDays = sqliteTable(
  'machine_days',
  {
    day: integer('day').notNull(),
    machineId: text('machine_id')
      .notNull()
      .references(() => machines.id),
    attempts: integer('attempts').notNull(),
    infrastructureFailures: integer('infrastructure_failures').notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.machineId] })],
);

// ------------------------------------------------------------------------------------------------------------- builds

export const builds = sqliteTable(
  'builds',
  {
    id: text('id').primaryKey(),
    repo: text('repo').notNull(),
    commit: text('commit_hash').notNull(),
    builder: text('builder').notNull(),
    hostType: text('host_type').notNull(),
    state: text('state').$type<BuildState>().notNull(),
    class: text('class').$type<TaskClass>().notNull(),
    priority: integer('priority').notNull(),
    branch: text('branch'),
    position: integer('position'),
    commitAt: integer('commit_at').notNull(),
    trigger: text('trigger_kind').$type<Build['trigger']>().notNull(),
    retryOf: text('retry_of'),
    requestedBy: text('requested_by'),
    createdAt: integer('created_at').notNull(),
    startedAt: integer('started_at'),
    endedAt: integer('ended_at'),
    attempts: integer('attempts').notNull(),
    maxAttempts: integer('max_attempts').notNull(),
    notBefore: integer('not_before').notNull(),
    cancelRequestedBy: text('cancel_requested_by'),
    blame: text('blame').$type<Blame>(),
    message: text('message'),
  },
  (table) => [
    // One for each set of filters, so that the newest page is read off an index whatever is asked and however rare it is.
    index('builds_newest').on(table.createdAt, table.id),
    index('builds_repo').on(table.repo, table.createdAt, table.id),
    index('builds_builder').on(table.builder, table.createdAt, table.id),
    index('builds_repo_builder').on(table.repo, table.builder, table.createdAt, table.id),
    index('builds_state').on(table.state, table.createdAt, table.id),
    index('builds_repo_state').on(table.repo, table.state, table.createdAt, table.id),
    index('builds_builder_state').on(table.builder, table.state, table.createdAt, table.id),
    index('builds_repo_builder_state').on(table.repo, table.builder, table.state, table.createdAt, table.id),
    // With the state and the repository: whether a commit has a build in some state is one seek.
    index('builds_commit').on(table.commit, table.repo, table.state),
    // All that a cell of the grid shows, so that a page of a hundred thousand is read off the index alone.
    index('builds_cell').on(
      table.repo,
      table.commit,
      table.builder,
      table.createdAt,
      table.id,
      table.state,
      table.startedAt,
      table.endedAt,
    ),
    uniqueIndex('builds_of_commit')
      .on(table.repo, table.commit, table.builder)
      .where(sql`${table.trigger} = 'commit'`),
    index('builds_verdict')
      .on(table.repo, table.branch, table.builder, table.position, table.createdAt, table.id, table.state)
      // The `+` is part of the condition's text, which the queries repeat: without it they would go by an index on `state`.
      .where(sql`+${table.state} IN ('passed', 'failed') AND ${table.position} IS NOT NULL`),
  ],
);

/** How many builds are in each state; kept by every transaction that moves one, because counting them takes a scan. */
export const buildCounts = sqliteTable('build_counts', {
  state: text('state').$type<BuildState>().primaryKey(),
  count: integer('count').notNull(),
});

export const attempts = sqliteTable(
  'attempts',
  {
    id: text('id').primaryKey(),
    buildId: text('build_id')
      .notNull()
      .references(() => builds.id),
    number: integer('number').notNull(),
    /** The build's, for the index of durations. */
    builder: text('builder').notNull(),
    machineId: text('machine_id')
      .notNull()
      .references(() => machines.id),
    slot: integer('slot').notNull(),
    leaseId: text('lease_id')
      .notNull()
      .references(() => leases.id),
    state: text('state').$type<AttemptState>().notNull(),
    startedAt: integer('started_at').notNull(),
    endedAt: integer('ended_at'),
    error: text('error'),
  },
  (table) => [
    uniqueIndex('attempts_number').on(table.buildId, table.number),
    index('attempts_ended').on(table.endedAt, table.machineId, table.state),
    index('attempts_duration')
      .on(table.builder, table.endedAt, table.startedAt)
      .where(sql`${table.state} IN ('passed', 'failed')`),
  ],
);

export const journal = sqliteTable(
  'journal',
  {
    attemptId: text('attempt_id')
      .notNull()
      .references(() => attempts.id),
    seq: integer('seq').notNull(),
    step: text('step').notNull(),
    phase: text('phase').$type<'intent' | 'result'>().notNull(),
    at: integer('at').notNull(),
    data: text('data').notNull(),
  },
  (table) => [primaryKey({ columns: [table.attemptId, table.seq] })],
);

export const artifacts = sqliteTable(
  'artifacts',
  {
    id: text('id').primaryKey(),
    attemptId: text('attempt_id')
      .notNull()
      .references(() => attempts.id),
    buildId: text('build_id')
      .notNull()
      .references(() => builds.id),
    path: text('path').notNull(),
    bytes: integer('bytes').notNull(),
    digest: text('digest').notNull(),
    blobKey: text('blob_key').notNull(),
    /** The end of its attempt. */
    keptAt: integer('kept_at').notNull().default(0),
    removedAt: integer('removed_at'),
    /** By which rule; the row stays so that pages can say so. */
    removedBy: text('removed_by'),
  },
  (table) => [
    index('artifacts_build').on(table.buildId, table.attemptId, table.path, table.id),
    index('artifacts_age').on(table.keptAt, table.id).where(sql`${table.removedAt} IS NULL`),
    index('artifacts_blob').on(table.blobKey).where(sql`${table.removedAt} IS NULL`),
  ],
);

export const sealedLogs = sqliteTable(
  'sealed_logs',
  {
    /** Of the attempt. */
    id: text('id')
      .primaryKey()
      .references(() => attempts.id),
    bytes: integer('bytes').notNull(),
    lines: integer('lines').notNull(),
    droppedBytes: integer('dropped_bytes').notNull(),
    sealedAt: integer('sealed_at').notNull(),
    data: blob('data', { mode: 'buffer' }),
    blobKey: text('blob_key'),
  },
  (table) => [
    check('sealed_logs_content', sql`(${table.data} IS NULL) <> (${table.blobKey} IS NULL)`),
    index('sealed_logs_age').on(table.sealedAt, table.id),
    index('sealed_logs_blob').on(table.blobKey).where(sql`${table.blobKey} IS NOT NULL`),
  ],
);

// ---------------------------------------------------------------------------------------------------------- retention

/** What stays of a log that retention removed. */
export const removedLogs = sqliteTable('removed_logs', {
  id: text('id')
    .primaryKey()
    .references(() => attempts.id),
  bytes: integer('bytes').notNull(),
  lines: integer('lines').notNull(),
  droppedBytes: integer('dropped_bytes').notNull(),
  removedAt: integer('removed_at').notNull(),
  removedBy: text('removed_by').notNull(),
});

/** Objects of which a reference went; each goes too once it is sure that no other is left. */
export const unwantedBlobs = sqliteTable('unwanted_blobs', {
  key: text('key').primaryKey(),
  since: integer('since').notNull(),
});

// ------------------------------------------------------------------------------------------------------------- access

export const accessTokens = sqliteTable(
  'access_tokens',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    hash: text('hash').notNull(),
    scopes: text('scopes').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    lastUsedAt: integer('last_used_at'),
  },
  (table) => [uniqueIndex('access_tokens_hash').on(table.hash)],
);
