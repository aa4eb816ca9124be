import { beforeEach, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { BuildQuery, NewBuild } from '../../core/builds/ports.ts';
import type { Build, BuildState } from '../../core/builds/types.ts';
import { claimOf, endOf } from './build-store.ts';
import { hash, joinMachine, newBuild, noon } from './samples.ts';
import { freshStores, type MakeHome, type Stores } from './stores.ts';

/** Runs a build to its end, in a slot of its own. */
async function finish(
  { builds }: Stores,
  id: string,
  how: { passed: boolean; at?: number; ranMs?: number },
): Promise<void> {
  const at = how.at ?? noon + 10;
  await builds.claim(claimOf(id, `att-${id}`, { at, journal: [] }));
  const state = how.passed ? 'passed' : 'failed';
  const blame = how.passed ? null : 'change';
  await builds.endAttempt(
    endOf(id, `att-${id}`, {
      at: at + (how.ranMs ?? 1_000),
      journal: [],
      state,
      followUp: { kind: 'finished', state, blame, message: null },
    }),
  );
}

const repos = ['croft', 'go', 'croft/sub'];
const builders = ['linux', 'linux-arm64', 'mac'];

/** A spread of builds: several a millisecond, out of order, of every state. */
async function spread(stores: Stores, count: number): Promise<void> {
  const fresh: NewBuild[] = Array.from({ length: count }, (_, i) =>
    newBuild(`b${String((i * 7) % count).padStart(3, '0')}`, {
      repo: repos[i % 3] ?? '',
      builder: builders[Math.floor(i / 3) % 3] ?? '',
      commit: hash(1 + (i % 11)),
      createdAt: noon + ((i * 5) % 17),
    }),
  );
  await stores.builds.create(fresh);
  for (const [i, { id }] of fresh.entries()) {
    if (i % 4 === 0) await finish(stores, id, { passed: i % 8 === 0 });
    if (i % 4 === 1) await stores.builds.cancel({ buildId: id, at: noon, by: 'ann' });
  }
}

function newestFirst(one: Build, two: Build): number {
  return two.createdAt - one.createdAt || (two.id > one.id ? 1 : -1);
}

function matches(build: Build, query: Omit<BuildQuery, 'limit'>): boolean {
  const { repo = build.repo, builder = build.builder, state = build.state, commit = '' } = query;
  return (
    build.repo === repo &&
    build.builder === builder &&
    build.state === state &&
    build.commit.startsWith(commit)
  );
}

export function buildQueryConformance(name: string, makeHome: MakeHome): void {
  describe(`build queries: ${name}`, () => {
    const stores = freshStores(makeHome);
    beforeEach(async () => {
      await joinMachine(stores.now.machines, 'm1');
    });

    test('every combination of filters, page by page, gives exactly what matches, newest first', async () => {
      await spread(stores.now, 60);
      const { builds } = stores.now;
      const all = [...(await builds.builds({ limit: 1_000 }))];
      expect(all).toHaveLength(60);
      for (const repo of [undefined, 'go', 'none']) {
        for (const builder of [undefined, 'mac']) {
          for (const state of [undefined, 'passed', 'waiting'] as const) {
            for (const commit of [undefined, hash(3), hash(3).slice(0, 8), '0000']) {
              const filter = definedOnly({ repo, builder, state, commit });
              const pages: Build[] = [];
              for (let before: string | undefined; ; before = pages.at(-1)?.id) {
                const page = await builds.builds({ ...filter, limit: 4, ...definedOnly({ before }) });
                pages.push(...page);
                if (page.length < 4) break;
              }
              expect(pages).toEqual(all.filter((build) => matches(build, filter)).sort(newestFirst));
            }
          }
        }
      }
    });

    test('builds that come in while somebody pages neither repeat nor hide older ones', async () => {
      const { builds } = stores.now;
      await builds.create(['b1', 'b2', 'b3', 'b4'].map((id, i) => newBuild(id, { createdAt: noon + i })));
      const first = await builds.builds({ limit: 2 });
      await builds.create([newBuild('b9', { createdAt: noon + 9 })]);
      const second = await builds.builds({ limit: 2, before: first.at(-1)?.id ?? '' });
      expect([...first, ...second].map((build) => build.id)).toEqual(['b4', 'b3', 'b2', 'b1']);
    });

    test('a cursor that is no build, and a commit that is no hash, are refused', async () => {
      const { builds } = stores.now;
      await expect(builds.builds({ limit: 1, before: 'b9' })).rejects.toMatchObject({
        code: 'invalid_input',
      });
      for (const commit of ['abc', 'main', 'ABCD', '%%%%', 'abcd_']) {
        await expect(builds.builds({ limit: 1, commit })).rejects.toMatchObject({
          code: 'invalid_input',
          details: { field: 'commit' },
        });
      }
    });

    test('the place of a commit is that of any build of it that has one', async () => {
      const { builds } = stores.now;
      await builds.create([
        newBuild('b1', { branch: null, position: null }),
        newBuild('b2', { branch: 'main', position: 7 }),
        newBuild('b3', { commit: hash(2), branch: null, position: null }),
        newBuild('b4', { repo: 'go', commit: hash(2), branch: 'main', position: 3 }),
      ]);
      const place = (commit: string) => builds.place({ repo: 'croft', commit });
      expect(await place(hash(1))).toEqual({ branch: 'main', position: 7 });
      expect(await place(hash(2))).toBeNull();
      expect(await place(hash(77))).toBeNull();
    });

    test('a cell is the newest build of its commit and builder', async () => {
      const { builds } = stores.now;
      await builds.create([
        newBuild('b1', { createdAt: noon + 5 }),
        newBuild('b2', { createdAt: noon + 5 }),
        newBuild('b3', { createdAt: noon + 1 }),
        newBuild('b4', { builder: 'mac' }),
        newBuild('b5', { commit: hash(2) }),
        newBuild('b6', { commit: hash(3) }),
        newBuild('b7', { repo: 'go', createdAt: noon + 9 }),
      ]);
      const cells = await builds.cells({ repo: 'croft', commits: [hash(1), hash(2), hash(1), hash(77)] });
      expect(cells.map((build) => build.id).sort()).toEqual(['b2', 'b4', 'b5']);
      expect(await builds.cells({ repo: 'croft', commits: [] })).toEqual([]);
      const commits = [hash(1), hash(2), hash(1), hash(77)];
      const slim = cells.map(({ id, commit, builder, state, startedAt, endedAt }) => {
        return { id, commit, builder, state, startedAt, endedAt };
      });
      const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
      expect((await builds.gridCells({ repo: 'croft', commits })).toSorted(byId)).toEqual(
        slim.toSorted(byId),
      );
    });

    test('commits with a build in some state, the newest of its builder or not', async () => {
      const { builds } = stores.now;
      await builds.create([
        newBuild('b1'),
        newBuild('b2', { commit: hash(2) }),
        newBuild('b3', { repo: 'go', commit: hash(3) }),
      ]);
      await finish(stores.now, 'b1', { passed: false, at: noon, ranMs: 10 });
      await builds.create([newBuild('b4', { createdAt: noon + 9 })]);
      const commits = [hash(1), hash(2), hash(3)];
      const having = (state: BuildState) => builds.commitsWith({ repo: 'croft', state, commits });
      expect(await having('failed')).toEqual(new Set([hash(1)]));
      expect(await having('waiting')).toEqual(new Set([hash(1), hash(2)]));
      expect(await having('error')).toEqual(new Set());
    });

    test('durations: the newest of each builder, oldest first, only of attempts that tell', async () => {
      const { builds } = stores.now;
      await builds.create([
        ...['b1', 'b2', 'b3'].map((id) => newBuild(id)),
        newBuild('b4', { builder: 'mac' }),
        newBuild('b5', { builder: 'none' }),
      ]);
      await finish(stores.now, 'b1', { passed: true, at: noon, ranMs: 10 });
      await finish(stores.now, 'b2', { passed: false, at: noon + 100, ranMs: 20 });
      await finish(stores.now, 'b3', { passed: true, at: noon + 200, ranMs: 30 });
      await finish(stores.now, 'b4', { passed: true, at: noon + 300, ranMs: 40 });
      await builds.claim(claimOf('b5', 'a5'));
      await builds.endAttempt(
        endOf('b5', 'a5', { state: 'infrastructure', followUp: { kind: 'again', notBefore: 0 } }),
      );
      expect(await builds.durations(2)).toEqual(
        new Map([
          [
            'linux',
            [
              { repo: 'croft', ms: 20 },
              { repo: 'croft', ms: 30 },
            ],
          ],
          ['mac', [{ repo: 'croft', ms: 40 }]],
        ]),
      );
    });

    test('verdicts: the newest of each place, for the newest places of each line', async () => {
      const { builds } = stores.now;
      const at = (id: string, position: number | null, over: Partial<NewBuild> = {}) =>
        newBuild(id, { position, commit: hash(position ?? 99), ...over });
      await builds.create([
        at('b1', 1),
        at('b2', 2),
        at('b3', 3),
        at('b4', 3, { createdAt: noon + 1 }),
        at('b5', 1, { branch: 'dev' }),
        at('b6', 2, { builder: 'mac' }),
        at('b7', null, { branch: null }),
        at('b8', 4),
      ]);
      for (const id of ['b1', 'b2', 'b3', 'b5', 'b6', 'b7']) await finish(stores.now, id, { passed: true });
      await finish(stores.now, 'b4', { passed: false });
      const verdicts = (await builds.verdicts(2)).map(
        ({ line, position, passed }) =>
          `${line.repo} ${line.branch} ${line.builder} ${position} ${passed ? 'green' : 'red'}`,
      );
      expect(verdicts.sort()).toEqual([
        'croft dev linux 1 green',
        'croft main linux 2 green',
        'croft main linux 3 red',
        'croft main mac 2 green',
      ]);
    });

    test('whatever happens to builds, counts, leases and queries tell the same story', async () => {
      let round = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
          await checkStory(stores.now, `r${round++}`, steps);
        }),
        { numRuns: 25 },
      );
    });
  });
}

type Step = {
  readonly kind: 'create' | 'claim' | 'end' | 'again' | 'cancel';
  readonly build: number;
  readonly slot: number;
};

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('create', 'claim', 'end', 'again', 'cancel'),
  build: fc.nat({ max: 5 }),
  slot: fc.nat({ max: 2 }),
});

/** Carries out the steps without waiting for each, and then compares what the store tells in its different ways. */
async function checkStory(stores: Stores, repo: string, steps: readonly Step[]): Promise<void> {
  const { builds, machines } = stores;
  await joinMachine(machines, `m-${repo}`);
  const countsBefore = await builds.counts();
  const outcomes = await Promise.allSettled(steps.map((each, i) => carryOut(stores, repo, each, i, steps)));
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'not_found' });
  }
  const mine = await builds.builds({ repo, limit: 1_000 });
  const counts = await builds.counts();
  for (const state of Object.keys(counts) as (keyof typeof counts)[]) {
    expect(counts[state] - countsBefore[state]).toBe(mine.filter((build) => build.state === state).length);
  }
  const open = (await machines.openLeases()).filter((lease) => lease.machineId === `m-${repo}`);
  expect(open.map((lease) => lease.holder.id).sort()).toEqual(
    mine
      .filter((build) => build.state === 'running')
      .map((build) => build.id)
      .sort(),
  );
  expect(new Set(open.map((lease) => lease.slot)).size).toBe(open.length);
  for (const build of mine) {
    const attempts = await builds.attempts(build.id);
    expect(attempts).toHaveLength(build.attempts);
    expect(attempts.filter((attempt) => attempt.state === 'running')).toHaveLength(
      build.state === 'running' ? 1 : 0,
    );
  }
}

async function carryOut(
  { builds }: Stores,
  repo: string,
  { kind, build, slot }: Step,
  index: number,
  steps: readonly Step[],
): Promise<unknown> {
  const id = `${repo}-${build}`;
  const claims = steps
    .slice(0, index)
    .flatMap((each, i) => (each.kind === 'claim' && each.build === build ? [i] : []));
  const attempt = `${repo}-a${claims.at(-1) ?? 'none'}`;
  switch (kind) {
    case 'create':
      return await builds.create([newBuild(id, { repo, createdAt: noon + build })]);
    case 'claim': {
      const own = { id: `${repo}-a${index}`, number: index + 1 };
      return await builds.claim(
        claimOf(id, own.id, { attempt: own, slot, machineId: `m-${repo}`, journal: [] }),
      );
    }
    case 'cancel':
      return await builds.cancel({ buildId: id, at: noon, by: 'ann' });
    case 'end':
      return await builds.endAttempt(endOf(id, attempt, { journal: [] }));
    case 'again':
      return await builds.endAttempt(
        endOf(id, attempt, {
          journal: [],
          state: 'infrastructure',
          followUp: { kind: 'again', notBefore: 0 },
        }),
      );
  }
}

/** Leaves out what is undefined, since an optional field that is there has to have a value. */
function definedOnly<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
