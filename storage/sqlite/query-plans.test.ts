/** Every statement that a store runs has to find its rows by an index: no table that grows is ever walked whole. */
import { Database } from 'bun:sqlite';
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../agent/kit/log.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { claimOf, endOf } from '../conformance/build-store.ts';
import { commit, entry, hash, joining, joinMachine, newBuild, noon } from '../conformance/samples.ts';

import { openSqliteStores, type SqliteStores } from './stores.ts';

/** A handful of rows for ever: states, repositories that are watched, people's tokens, machines. */
const smallTables = ['build_counts', 'repositories', 'access_tokens', 'join_tokens', 'machines'];

let dir: string;
const statements = new Set<string>();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'croft-plans-'));
  const stores = await openSqliteStores({
    file: join(dir, 'croft.db'),
    clock: createManualClock(),
    log: silentLog,
    onQuery: (sql) => statements.add(sql),
  });
  await useEverything(stores);
  await stores.close();
});

afterAll(() => rm(dir, { recursive: true, force: true }));

async function useEverything({
  builds,
  machines,
  source,
  tokens,
  sealedLogs,
  retention,
}: SqliteStores): Promise<void> {
  await joinMachine(machines, 'm1');
  await machines.join({ tokenHash: 'hash-for-m1', at: noon, machine: joining('m1') });
  await builds.create([newBuild('b1', { trigger: 'commit' }), newBuild('b2', { trigger: 'commit' })]);
  await builds.claim(claimOf('b1', 'a1'));
  await builds.appendJournal([entry('a1', 0)]);
  const reads = [builds.build('b1'), builds.attempts('b1'), builds.journal('a1'), builds.unfinished()];
  await Promise.all([...reads, machines.openLeases(), sealedLogs.sealed('a1')]);
  await builds.endAttempt(endOf('b1', 'a1'));
  await builds.cancel({ buildId: 'b2', at: noon, by: 'ann' });
  for (let bits = 0; bits < 32; bits++) {
    await builds.builds({
      limit: 5,
      ...(bits & 1 ? { repo: 'croft' } : {}),
      ...(bits & 2 ? { builder: 'linux' } : {}),
      ...(bits & 4 ? { state: 'passed' as const } : {}),
      ...(bits & 8 ? { commit: hash(1).slice(0, 7) } : {}),
      ...(bits & 16 ? { before: 'b1' } : {}),
    });
  }
  await builds.place({ repo: 'croft', commit: hash(1) });
  await builds.cells({ repo: 'croft', commits: [hash(1)] });
  await builds.gridCells({ repo: 'croft', commits: [hash(1)] });
  await builds.commitsWith({ repo: 'croft', state: 'passed', commits: [hash(1)] });
  await builds.artifacts('b1');
  await builds.artifact('art-a1');
  await builds.counts();
  await builds.durations(5);
  await builds.verdicts(5);
  await source.recordCheck({ repo: 'croft', at: noon, error: null, defaultBranch: 'main' });
  const found = { repo: 'croft', branch: 'main', head: hash(1), commits: [commit(1)], seenAt: noon };
  await source.recordCommits(found);
  await source.states();
  await source.commit('croft', hash(1));
  await source.branchCommits({ repo: 'croft', branch: 'main', limit: 5 });
  await source.commitLines({ repo: 'croft', branch: 'main', limit: 5 });
  await source.unbuilt({ repo: 'croft', branch: 'main', builder: 'mac', from: 0 });
  await source.archive({ repo: 'croft', tree: hash(1) });
  await source.removeBranch({ repo: 'croft', branch: 'main' });
  await machines.machines();
  await machines.machine('m1');
  await machines.joinTokens();
  await machines.removeJoinToken('none');
  await machines.saveSeen({ ...joining('m1'), machineId: 'm1', at: noon });
  await machines.touch({ machineIds: ['m1'], at: noon });
  await machines.setQuarantine({ machineId: 'm1', quarantine: null });
  await machines.setDraining({ machineId: 'm1', draining: true });
  await machines.revoke({ machineId: 'm1', at: noon });
  await machines.addEvents([{ machineId: 'm1', at: noon, kind: 'joined', text: 'hello' }]);
  await machines.events({ machineId: 'm1', limit: 5 });
  await machines.reliability(noon);
  for (const kind of ['logs', 'artifacts', 'archives'] as const) {
    const [first] = await retention.oldest({ kind, after: null, limit: 5 });
    await retention.letGo({ kind, ids: [first?.id ?? ''], removal: { at: noon, policy: 'p' } });
  }
  await sealedLogs.removed('a1');
  await retention.unwanted(5);
  await retention.isWanted('k');
  await retention.settled('k');
  await tokens.byHash('h');
  await tokens.list();
  await tokens.touch({ id: 'k', at: noon });
  await tokens.remove('k');
}

/** Walked as a whole, but they hold only what is open now, or the walk ends at the limit. */
const boundedWalks = ['leases_open', 'builds_newest'];

function offence(sql: string, plan: readonly string[]): string | null {
  for (const step of plan) {
    const [, table, index] = /^SCAN (\S+)(?: USING (?:COVERING )?INDEX (\S+))?/.exec(step) ?? [];
    if (table === undefined || table === 'json_each' || smallTables.includes(table)) continue;
    if (!boundedWalks.includes(index ?? '')) return `walks ${table}`;
  }
  const sorts = plan.some((step) => step.includes('TEMP B-TREE FOR ORDER BY'));
  // The builds of one commit are few, and all of them are wanted.
  const fewRows = plan.some((step) => step.includes('builds_commit') || step.includes('SCAN'));
  return sorts && /limit \?/.test(sql) && !fewRows ? 'sorts more than it answers' : null;
}

test('no statement walks a table that grows, nor sorts more than it answers', () => {
  const database = new Database(join(dir, 'croft.db'), { readonly: true });
  const offences: string[] = [];
  for (const sql of statements) {
    const values = Array.from({ length: database.prepare(sql).paramsCount }, () => '');
    const plan = database
      .query<{ detail: string }, string[]>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...values)
      .map((row) => row.detail);
    const found = offence(sql, plan);
    if (found !== null) offences.push([found, sql, ...plan].join('\n    '));
  }
  database.close();
  expect(offences).toEqual([]);
  expect(statements.size).toBeGreaterThan(90);
});
