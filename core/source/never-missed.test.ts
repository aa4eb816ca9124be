/** The promise of this folder, under random histories, force-pushes, restarts and faults at every call. */
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { silentLog } from '../../agent/kit/log.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { createFaults } from '../../test/fakes/faults.ts';
import {
  createFakeMirrors,
  createFakeRemote,
  type FakeRemote,
  reachable,
} from '../../test/fakes/git-remote.ts';
import { createMemorySourceStore } from '../../test/fakes/memory-source-store.ts';
import { repositoryDefaults } from '../builders/defaults.ts';
import type { Repository } from '../builders/types.ts';
import { createCheck } from './check.ts';
import { createGate } from './gate.ts';
import type { SourceStore } from './ports.ts';

type Act =
  | { readonly kind: 'push' | 'delete' | 'orphan'; readonly branch: string }
  | { readonly kind: 'rewind' | 'merge'; readonly branch: string; readonly pick: number }
  | { readonly kind: 'check' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'lose-mirror' }
  | {
      readonly kind: 'crash';
      readonly calls: number;
      readonly when: 'before' | 'after';
      readonly restarts: boolean;
    };

const branch = fc.constantFrom('main', 'dev', 'topic');
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('push' as const), branch }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('delete' as const, 'orphan' as const), branch }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('rewind' as const, 'merge' as const),
      branch,
      pick: fc.nat(99),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('check' as const) }) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'restart' as const }, { kind: 'lose-mirror' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('crash' as const),
      calls: fc.nat(14),
      when: fc.constantFrom('before' as const, 'after' as const),
      restarts: fc.boolean(),
    }),
  },
);

function world(history: number) {
  const remote = createFakeRemote();
  const mirrors = createFakeMirrors(remote);
  const store = createMemorySourceStore();
  const faults = createFaults();
  const told = new Set<string>();
  const repository: Repository = {
    ...repositoryDefaults,
    name: 'project',
    url: remote.url,
    branches: ['**'],
    history,
  };
  function start() {
    return createCheck(
      {
        mirrors: faults.over(mirrors),
        store: faults.over(store),
        clock: createManualClock(0),
        log: silentLog,
        gate: createGate(1),
        async deliver(found) {
          for (const commit of found.commits) told.add(`${found.branch} ${commit.hash}`);
        },
      },
      'project',
    );
  }
  let check = start();
  const signal = new AbortController().signal;

  async function attempt(): Promise<void> {
    // A check that fails is tried again later; what it left behind is what is tested.
    await check(repository, signal).catch(() => undefined);
  }
  async function perform(step: Act): Promise<void> {
    if (step.kind === 'check') await attempt();
    else if (step.kind === 'restart') check = start();
    else if (step.kind === 'lose-mirror') mirrors.lose('project');
    else if (step.kind === 'crash') {
      faults.arm(step.calls, step.when);
      await attempt();
      faults.disarm();
      if (step.restarts) check = start();
    } else change(remote, step);
  }
  return { remote, store, told, perform, finalCheck: () => check(repository, signal) };
}

function change(remote: FakeRemote, step: Act & { readonly branch: string }): void {
  const { branches } = remote;
  const all = [...remote.commits.keys()];
  const picked = 'pick' in step ? all[step.pick % Math.max(all.length, 1)] : undefined;
  const head = branches.get(step.branch);
  if (step.kind === 'push') remote.push(step.branch);
  else if (step.kind === 'delete') branches.delete(step.branch);
  else if (step.kind === 'orphan') branches.set(step.branch, remote.make([]));
  else if (picked === undefined) return;
  else if (step.kind === 'rewind') branches.set(step.branch, picked);
  else if (head !== undefined) branches.set(step.branch, remote.make([head, picked]));
}

async function placesOf(store: SourceStore, name: string) {
  const places = await store.branchCommits({ repo: 'project', branch: name, limit: 10_000 });
  return places.toReversed();
}

test('with room for all history: every commit of every branch has one place, after its parents', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 40, size: 'max' }), async (steps) => {
      const it = world(1_000);
      for (const step of steps) await it.perform(step);
      await it.finalCheck();
      for (const [name, head] of it.remote.branches) {
        const places = await placesOf(it.store, name);
        const hashes = places.map(({ hash }) => hash);
        expect(new Set(hashes).size).toBe(hashes.length);
        expect(places.map(({ position }) => position)).toEqual(hashes.map((_, index) => index));
        for (const hash of reachable(it.remote.commits, [head])) {
          const at = hashes.indexOf(hash);
          expect(at).toBeGreaterThanOrEqual(0);
          for (const parent of it.remote.commits.get(hash)?.parents ?? []) {
            expect(hashes.indexOf(parent)).toBeLessThan(at);
          }
        }
      }
    }),
    { numRuns: 150 },
  );
});

test('with a short history: every commit that came after a branch was first seen has its place', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 40, size: 'max' }), async (steps) => {
      const it = world(2);
      const before = new Map<string, ReadonlySet<string>>();
      for (const step of steps) {
        await it.perform(step);
        // What a branch could reach when its first commits were recorded may have been too old for `history`.
        for (const name of ['main', 'dev', 'topic']) {
          if (before.has(name) || (await placesOf(it.store, name)).length === 0) continue;
          before.set(name, new Set(it.remote.commits.keys()));
        }
      }
      await it.finalCheck();
      for (const [name, head] of it.remote.branches) {
        const hashes = new Set((await placesOf(it.store, name)).map(({ hash }) => hash));
        expect(hashes.has(head)).toBe(true);
        for (const hash of reachable(it.remote.commits, [head])) {
          if (before.get(name)?.has(hash) ?? true) continue;
          expect(hashes.has(hash)).toBe(true);
        }
      }
    }),
    { numRuns: 150 },
  );
});
