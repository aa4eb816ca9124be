/** Everything beside the builds: commits on their branches, machines with their days, journals and logs of the newest builds. */
import { Buffer } from 'node:buffer';
import type { RunExit } from '../../agent/wire/protocol.ts';
import { createChance } from '../fuzz/random.ts';
import type { Bulk } from './bulk.ts';
import { type FarmShape, repoName, type SeedOptions } from './farm-shape.ts';
import { emailOf, type SeededCommit } from './git-history.ts';
import { type PastAttempt, seededId } from './past-builds.ts';

const dayMs = 86_400_000;
/** Branches that once were: each with a few hundred commits cut off the main line. */
const oldBranches = 40;

export function insertCommits(bulk: Bulk, commits: readonly SeededCommit[], options: SeedOptions): void {
  const columns = [
    'repo',
    'hash',
    'tree',
    'parents',
    'author_name',
    'author_email',
    'authored_at',
    'committed_at',
    'subject',
  ];
  const commit = bulk.into('commits', columns);
  const place = bulk.into('branch_commits', ['repo', 'branch', 'position', 'hash', 'seen_at']);
  for (const [position, { hash, tree, at, author, subject }] of commits.entries()) {
    const parent = commits[position - 1];
    const parents = JSON.stringify(parent === undefined ? [] : [parent.hash]);
    commit([repoName, hash, tree, parents, author, emailOf(author), at, at, subject]);
    place([repoName, 'main', position, hash, at + 5_000]);
  }
  const branch = bulk.into('branches', ['repo', 'branch', 'head', 'next_position']);
  branch([repoName, 'main', commits.at(-1)?.hash ?? null, commits.length]);
  for (let number = 0; number < oldBranches; number++) {
    const name = `release-${number}`;
    const first = Math.floor((commits.length * number) / oldBranches);
    const own = commits.slice(first, first + 300);
    branch([repoName, name, null, own.length]);
    for (const [position, { hash, at }] of own.entries()) place([repoName, name, position, hash, at + 5_000]);
  }
  bulk.into('repositories', ['repo', 'last_checked_at', 'last_error', 'default_branch'])([
    repoName,
    options.now,
    null,
    'main',
  ]);
}

const platform = JSON.stringify({
  ...{ os: 'linux', arch: 'x64', release: '6.8.0', hostname: 'host', cpus: 8, memoryBytes: 16_000_000_000 },
  ...{ runtime: 'bun', runtimeVersion: '1.4.5', agentVersion: '0.1.0' },
});

/** Ids by host type. `keys`: the public key of each machine, in order; those beyond the list get one that nobody holds. */
export function insertMachines(
  bulk: Bulk,
  shape: FarmShape,
  options: SeedOptions,
  keys: readonly string[] = [],
): ReadonlyMap<string, readonly string[]> {
  const columns = [
    'id',
    'name',
    'host_type',
    'public_key',
    'slots',
    'platform',
    'created_at',
    'last_seen_at',
    'draining',
  ];
  const machine = bulk.into('machines', columns);
  const event = bulk.into('machine_events', ['machine_id', 'at', 'kind', 'text']);
  const day = bulk.into('machine_days', ['day', 'machine_id', 'attempts', 'infrastructure_failures']);
  const chance = createChance(options.seed + 2);
  const today = Math.floor(options.now / dayMs);
  const found = new Map<string, string[]>();
  for (let number = 0; number < options.machines; number++) {
    const hostType = shape.hostTypes[number % shape.hostTypes.length] ?? '';
    const createdAt = options.now - chance.below(options.years * 365 * dayMs);
    const id = seededId('mch', createdAt, number);
    const key = keys[number] ?? Buffer.from(`nobody ${number}`.padEnd(32)).toString('base64');
    machine([id, `${hostType}-${number}`, hostType, key, 2, platform, createdAt, options.now, 0]);
    for (let line = 0; line < 20; line++)
      event([id, createdAt + line * 60_000, line === 0 ? 'joined' : 'connected', 'connected from 10.0.0.1']);
    for (let back = 0; back < 35; back++) day([today - back, id, 20 + chance.below(30), chance.below(2)]);
    found.set(hostType, [...(found.get(hostType) ?? []), id]);
  }
  return found;
}

export function insertCounts(bulk: Bulk, counts: Readonly<Record<string, number>>): void {
  const count = bulk.into('build_counts', ['state', 'count']);
  for (const [state, builds] of Object.entries(counts)) count([state, builds]);
}

const plan = {
  outcome: 'planned',
  plan: {
    steps: [{ name: 'make all test', script: 'make all test' }],
    env: {},
    timeoutMs: 3_600_000,
    silenceMs: 600_000,
    artifacts: [],
    origin: {
      kind: 'builder',
      file: "the farm's configuration",
      why: 'It names the steps',
      change: 'Change it there',
    },
  },
};

/** The steps of builds whose pages people open: the newest. Journals are found by their attempt, so older ones change no figure. */
export function insertJournals(bulk: Bulk, attempts: readonly PastAttempt[]): void {
  const entry = bulk.into('journal', ['attempt_id', 'seq', 'step', 'phase', 'at', 'data']);
  for (const { id, startedAt, endedAt, state } of attempts) {
    const exit: RunExit = {
      runId: `run-${id}`,
      exitCode: state === 'failed' ? 2 : 0,
      signal: null,
      reason: 'exited',
      startedAt: startedAt + 900,
      endedAt,
      outputBytes: 10_000,
      droppedBytes: 0,
    };
    const steps = [
      ['plan', 'intent', startedAt, {}],
      ['plan', 'result', startedAt + 50, plan],
      ['prepare', 'intent', startedAt + 50, {}],
      ['prepare', 'result', startedAt + 900, { workDir: 'work' }],
      ['run:0', 'intent', startedAt + 900, { logAt: 0 }],
      ['run:0', 'result', endedAt, { exit }],
    ] as const;
    for (const [seq, [step, phase, at, data]] of steps.entries())
      entry([id, seq, step, phase, at, JSON.stringify(data)]);
  }
}
