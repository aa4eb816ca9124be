/** Five years of builds, attempts and leases, as rows, in the order in which they happened. */
import type { BuildState } from '../../core/builds/types.ts';
import { type Chance, createChance } from '../fuzz/random.ts';
import type { Bulk, Value } from './bulk.ts';
import {
  classAt,
  type FarmShape,
  fraction,
  isBuilt,
  repoName,
  type SeededBuilder,
  type SeedOptions,
} from './farm-shape.ts';
import type { SeededCommit } from './git-history.ts';

export interface PastAttempt {
  readonly id: string;
  readonly buildId: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly state: BuildState;
}

export interface PastBuilds {
  readonly counts: Readonly<Record<BuildState, number>>;
  /** The newest that ended, newest last. */
  readonly newest: readonly PastAttempt[];
}

const buildColumns = [
  ...[
    'id',
    'repo',
    'commit_hash',
    'builder',
    'host_type',
    'state',
    'class',
    'priority',
    'branch',
    'position',
  ],
  ...[
    'commit_at',
    'trigger_kind',
    'created_at',
    'started_at',
    'ended_at',
    'attempts',
    'max_attempts',
    'not_before',
  ],
  ...['blame', 'message'],
];
const attemptColumns = [
  ...[
    'id',
    'build_id',
    'number',
    'builder',
    'machine_id',
    'slot',
    'lease_id',
    'state',
    'started_at',
    'ended_at',
  ],
];
const leaseColumns = ['id', 'machine_id', 'slot', 'holder_kind', 'holder_id', 'granted_at', 'ended_at'];
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const kept = 5_000;

/** As the product makes them: ordered by time. */
export function seededId(prefix: string, at: number, number: number): string {
  return `${prefix}_${base32(at, 10)}${base32(number, 10)}`;
}

function base32(value: number, digits: number): string {
  let text = '';
  for (let left = value, digit = 0; digit < digits; digit++, left = Math.floor(left / 32))
    text = alphabet.charAt(left % 32) + text;
  return text;
}

/** Red times come in stretches of a few commits, flakes alone, and what is rare (an `error`) once in ten thousand. */
function stateOf(chance: Chance, isBroken: boolean): BuildState {
  const draw = chance.below(10_000);
  if (draw === 0) return 'error';
  if (draw < 20) return 'cancelled';
  return isBroken || draw < 150 ? 'failed' : 'passed';
}

const blames: Readonly<Record<string, readonly [string, string]>> = {
  failed: ['change', 'The step "make all test" ended with exit code 2'],
  error: ['machine', 'The machine went away three times'],
  cancelled: ['caller', 'Cancelled by admin'],
};

/** The newest `waiting` cells wait; everything before has ended. */
export function insertPastBuilds(
  bulk: Bulk,
  shape: FarmShape,
  commits: readonly SeededCommit[],
  options: SeedOptions,
  machinesOf: (hostType: string) => readonly string[],
): PastBuilds {
  const chance = createChance(options.seed + 1);
  const [build, attempt, lease] = [
    bulk.into('builds', buildColumns),
    bulk.into('attempts', attemptColumns),
    bulk.into('leases', leaseColumns),
  ];
  const counts: Record<BuildState, number> = {
    waiting: 0,
    running: 0,
    passed: 0,
    failed: 0,
    cancelled: 0,
    error: 0,
  };
  const newest: PastAttempt[] = [];
  const firstWaiting = commits.length - Math.ceil(options.waiting / shape.builders.length);
  let brokenUntil = -1;
  let number = 0;

  function past(commit: SeededCommit, position: number, builder: SeededBuilder, isBroken: boolean): void {
    number += 1;
    const createdAt = commit.at + 5_000 + chance.below(2_000);
    const id = seededId('bld', createdAt, number);
    const isWaiting = position >= firstWaiting && counts.waiting < options.waiting;
    const state = isWaiting ? 'waiting' : stateOf(chance, isBroken);
    counts[state] += 1;
    const startedAt = createdAt + Math.floor(-120_000 * Math.log(1 - fraction(chance)));
    const endedAt = startedAt + Math.floor(builder.usualMs * (0.7 + 0.6 * fraction(chance)));
    const times: Value[] = isWaiting ? [null, null, 0] : [startedAt, endedAt, 1];
    const blame = blames[state] ?? [null, null];
    build([
      ...[
        id,
        repoName,
        commit.hash,
        builder.name,
        builder.hostType,
        state,
        classAt(position, commits.length),
        0,
      ],
      ...['main', position, commit.at, 'commit', createdAt, ...times, 3, 0, ...blame],
    ]);
    if (isWaiting) return;
    const machine = chance.pick(machinesOf(builder.hostType));
    const [attemptId, leaseId] = [seededId('att', startedAt, number), seededId('lse', startedAt, number)];
    const attemptState = state === 'error' ? 'infrastructure' : state;
    lease([leaseId, machine, 0, 'build', id, startedAt, endedAt]);
    attempt([attemptId, id, 1, builder.name, machine, 0, leaseId, attemptState, startedAt, endedAt]);
    newest.push({ id: attemptId, buildId: id, startedAt, endedAt, state });
    if (newest.length > kept * 2) newest.splice(0, kept);
  }

  for (const [position, commit] of commits.entries()) {
    if (chance.onceIn(60)) brokenUntil = position + chance.below(8);
    for (const builder of shape.builders) {
      if (isBuilt(builder, position, commits.length))
        past(commit, position, builder, position <= brokenUntil && !chance.onceIn(4));
    }
    if (position % 2_000 === 0) bulk.commit();
  }
  return { counts, newest: newest.slice(-kept) };
}
