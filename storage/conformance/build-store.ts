import { beforeEach, describe, expect, test } from 'bun:test';
import type { BuildStore } from '../../core/builds/ports.ts';
import type { Build } from '../../core/builds/types.ts';
import { artifact, entry, hash, joinMachine, newBuild, noon, sealedLog } from './samples.ts';
import { freshStores, type MakeHome } from './stores.ts';

type Claim = Parameters<BuildStore['claim']>[0];
type End = Parameters<BuildStore['endAttempt']>[0];

export function claimOf(buildId: string, attemptId: string, over: Partial<Claim> = {}): Claim {
  return {
    buildId,
    attempt: { id: attemptId, number: 1 },
    leaseId: `lse-${attemptId}`,
    machineId: 'm1',
    slot: 0,
    at: noon + 10,
    journal: [entry(attemptId, 0)],
    ...over,
  };
}

export function endOf(buildId: string, attemptId: string, over: Partial<End> = {}): End {
  return {
    attemptId,
    buildId,
    at: noon + 5_000,
    journal: [entry(attemptId, 1)],
    state: 'passed',
    error: null,
    log: sealedLog(attemptId),
    artifacts: [artifact(`art-${attemptId}`, attemptId, buildId)],
    followUp: { kind: 'finished', state: 'passed', blame: null, message: null },
    ...over,
  };
}

export function buildStoreConformance(name: string, makeHome: MakeHome): void {
  describe(`build store: ${name}`, () => {
    const stores = freshStores(makeHome);
    beforeEach(async () => {
      await joinMachine(stores.now.machines, 'm1');
      await joinMachine(stores.now.machines, 'm2');
    });

    describe('create', () => {
      test('a fresh build waits and is read back as it was given', async () => {
        const { builds } = stores.now;
        const fresh = newBuild('b1', { branch: null, position: null, requestedBy: 'ann', priority: -3 });
        const [answer] = await builds.create([fresh]);
        const expected: Build = {
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
        expect(answer).toEqual({ build: expected, created: true });
        expect(await builds.build('b1')).toEqual(expected);
        expect(await builds.build('b2')).toBeNull();
      });

      test('a second build of one commit and builder with trigger commit is the first', async () => {
        const { builds } = stores.now;
        const wanted = { trigger: 'commit' } as const;
        const answers = await builds.create([
          newBuild('b1', wanted),
          newBuild('b2', wanted),
          newBuild('b3', { ...wanted, builder: 'mac' }),
          newBuild('b4'),
        ]);
        expect(answers.map((answer) => [answer.build.id, answer.created])).toEqual([
          ['b1', true],
          ['b1', false],
          ['b3', true],
          ['b4', true],
        ]);
        expect((await builds.counts()).waiting).toBe(3);
      });

      test('created in a race, a wanted build exists once', async () => {
        const { builds } = stores.now;
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, i) => builds.create([newBuild(`b${i}`, { trigger: 'commit' })])),
        );
        expect(answers.flat().filter((answer) => answer.created)).toHaveLength(1);
        expect(new Set(answers.flat().map((answer) => answer.build.id)).size).toBe(1);
      });

      test('the same id again changes nothing', async () => {
        const { builds } = stores.now;
        await builds.create([newBuild('b1')]);
        const [again] = await builds.create([newBuild('b1', { builder: 'other' })]);
        expect(again).toMatchObject({ created: false, build: { builder: 'linux' } });
      });
    });

    describe('claim', () => {
      test('begins an attempt, its lease and its journal in one step', async () => {
        const { builds, machines } = stores.now;
        await builds.create([newBuild('b1')]);
        const answer = await builds.claim(claimOf('b1', 'a1'));
        expect(answer).toMatchObject({
          outcome: 'claimed',
          build: { state: 'running', attempts: 1, startedAt: noon + 10 },
        });
        expect(await builds.attempts('b1')).toEqual([
          {
            id: 'a1',
            buildId: 'b1',
            number: 1,
            machineId: 'm1',
            slot: 0,
            leaseId: 'lse-a1',
            state: 'running',
            startedAt: noon + 10,
            endedAt: null,
            error: null,
          },
        ]);
        expect(await builds.journal('a1')).toEqual([entry('a1', 0)]);
        expect(await machines.openLeases()).toEqual([
          {
            id: 'lse-a1',
            machineId: 'm1',
            slot: 0,
            holder: { kind: 'build', id: 'b1' },
            grantedAt: noon + 10,
            endedAt: null,
          },
        ]);
      });

      test('the same attempt id again is claimed and changes nothing, even after its end', async () => {
        const { builds } = stores.now;
        await builds.create([newBuild('b1')]);
        const first = await builds.claim(claimOf('b1', 'a1'));
        expect(await builds.claim(claimOf('b1', 'a1', { at: noon + 99, slot: 1 }))).toEqual(first);
        await builds.endAttempt(endOf('b1', 'a1'));
        expect(await builds.claim(claimOf('b1', 'a1'))).toMatchObject({
          outcome: 'claimed',
          build: { state: 'passed' },
        });
        expect(await builds.attempts('b1')).toHaveLength(1);
        expect((await builds.counts()).passed).toBe(1);
      });

      test('a build that does not wait, or that nobody knows, is refused', async () => {
        const { builds } = stores.now;
        await builds.create([newBuild('b1')]);
        await builds.claim(claimOf('b1', 'a1'));
        expect(await builds.claim(claimOf('b1', 'a2', { slot: 1 }))).toEqual({ outcome: 'not-waiting' });
        expect(await builds.claim(claimOf('b9', 'a3', { slot: 1 }))).toEqual({ outcome: 'not-waiting' });
      });

      test('a slot has one lease, and is free again after the end of the attempt', async () => {
        const { builds } = stores.now;
        await builds.create([newBuild('b1'), newBuild('b2')]);
        await builds.claim(claimOf('b1', 'a1'));
        expect(await builds.claim(claimOf('b2', 'a2'))).toEqual({ outcome: 'slot-taken' });
        await builds.endAttempt(endOf('b1', 'a1'));
        expect((await builds.claim(claimOf('b2', 'a2'))).outcome).toBe('claimed');
      });

      test('of many claims at once one gets the build, and one gets the slot', async () => {
        const { builds } = stores.now;
        await builds.create([newBuild('b1'), newBuild('b2'), newBuild('b3')]);
        const forBuild = await Promise.all(
          Array.from({ length: 16 }, (_, i) => builds.claim(claimOf('b1', `x${i}`, { slot: i }))),
        );
        expect(forBuild.filter((answer) => answer.outcome === 'claimed')).toHaveLength(1);
        const forSlot = await Promise.all(
          ['b2', 'b3'].map((id) => builds.claim(claimOf(id, `y-${id}`, { machineId: 'm2' }))),
        );
        expect(forSlot.map((answer) => answer.outcome).sort()).toEqual(['claimed', 'slot-taken']);
      });

      test('a claim for a machine that is not stored fails whole', async () => {
        const { builds, machines } = stores.now;
        await builds.create([newBuild('b1')]);
        await expect(builds.claim(claimOf('b1', 'a1', { machineId: 'm9' }))).rejects.toMatchObject({
          code: 'not_found',
        });
        expect(await builds.build('b1')).toMatchObject({ state: 'waiting', attempts: 0 });
        expect(await machines.openLeases()).toEqual([]);
      });
    });

    describe('journal', () => {
      beforeEach(async () => {
        await stores.now.builds.create([newBuild('b1')]);
        await stores.now.builds.claim(claimOf('b1', 'a1'));
      });

      test('keeps entries in order, with data of any JSON shape', async () => {
        const { builds } = stores.now;
        const data = [null, 'text', 7.25, [1, { deep: ['\u0000', '𝄞'] }], { a: { b: false } }];
        await Promise.all(
          data.map((value, i) => builds.appendJournal([entry('a1', i + 1, { data: value })])),
        );
        const stored = await builds.journal('a1');
        expect(stored.map((row) => row.seq)).toEqual([0, 1, 2, 3, 4, 5]);
        expect(stored.slice(1).map((row) => row.data)).toEqual(data);
      });

      test('the same entry again changes nothing', async () => {
        const { builds } = stores.now;
        await builds.appendJournal([entry('a1', 1)]);
        await builds.appendJournal([entry('a1', 0), entry('a1', 1), entry('a1', 2)]);
        expect((await builds.journal('a1')).map((row) => row.seq)).toEqual([0, 1, 2]);
      });

      test('another entry at a taken place, and a gap, are refused whole', async () => {
        const { builds } = stores.now;
        const other = entry('a1', 0, { data: 'other' });
        await expect(builds.appendJournal([other])).rejects.toMatchObject({ code: 'conflict' });
        await expect(builds.appendJournal([entry('a1', 1), entry('a1', 3)])).rejects.toMatchObject({
          code: 'conflict',
        });
        expect(await builds.journal('a1')).toEqual([entry('a1', 0)]);
      });

      test('an attempt that nobody knows has no journal', async () => {
        const { builds } = stores.now;
        await expect(builds.appendJournal([entry('a9', 0)])).rejects.toMatchObject({ code: 'not_found' });
        expect(await builds.journal('a9')).toEqual([]);
      });
    });

    describe('endAttempt', () => {
      beforeEach(async () => {
        await stores.now.builds.create([newBuild('b1')]);
        await stores.now.builds.claim(claimOf('b1', 'a1'));
      });

      test('stores result, log, artifacts and journal, and ends lease and build in one step', async () => {
        const { builds, machines, sealedLogs } = stores.now;
        const failed = {
          kind: 'finished',
          state: 'failed',
          blame: 'change',
          message: 'npm test ended with 1',
        } as const;
        const ended = await builds.endAttempt(
          endOf('b1', 'a1', {
            state: 'failed',
            followUp: failed,
            artifacts: [artifact('z', 'a1', 'b1', { path: 'b' }), artifact('y', 'a1', 'b1', { path: 'a' })],
          }),
        );
        expect(ended).toMatchObject({
          state: 'failed',
          blame: 'change',
          message: 'npm test ended with 1',
          endedAt: noon + 5_000,
        });
        expect(await builds.build('b1')).toEqual(ended);
        expect(await builds.attempts('b1')).toMatchObject([{ state: 'failed', endedAt: noon + 5_000 }]);
        expect((await builds.journal('a1')).map((row) => row.seq)).toEqual([0, 1]);
        expect((await builds.artifacts('b1')).map((row) => row.path)).toEqual(['a', 'b']);
        expect(await builds.artifact('y')).toEqual({
          ...artifact('y', 'a1', 'b1', { path: 'a' }),
          removed: null,
        });
        expect(await builds.artifact('none')).toBeNull();
        expect(await machines.openLeases()).toEqual([]);
        const log = await sealedLogs.sealed('a1');
        expect(log).toMatchObject({ id: 'a1', bytes: 5, lines: 1 });
        expect(log?.content.kind === 'inline' && [...log.content.data]).toEqual([0, 1, 2, 253, 255]);
        expect(await sealedLogs.sealed('a2')).toBeNull();
      });

      test('keeps an empty log, and a log that stands in the blob store', async () => {
        const { builds, sealedLogs } = stores.now;
        const empty = sealedLog('a1', { bytes: 0, content: { kind: 'inline', data: new Uint8Array(0) } });
        await builds.endAttempt(endOf('b1', 'a1', { log: empty }));
        const inline = await sealedLogs.sealed('a1');
        expect(inline?.content.kind === 'inline' && inline.content.data.byteLength).toBe(0);
        await builds.create([newBuild('b2')]);
        await builds.claim(claimOf('b2', 'a2'));
        const large = sealedLog('a2', { bytes: 9e9, content: { kind: 'blob', key: 'logs/a2' } });
        await builds.endAttempt(endOf('b2', 'a2', { log: large }));
        expect(await sealedLogs.sealed('a2')).toEqual(large);
      });

      test('a second call changes nothing and answers the build as it is', async () => {
        const { builds } = stores.now;
        const first = await builds.endAttempt(endOf('b1', 'a1'));
        const again = endOf('b1', 'a1', { state: 'failed', at: noon + 9_000, artifacts: [] });
        expect(await builds.endAttempt(again)).toEqual(first);
        expect(await builds.artifacts('b1')).toHaveLength(1);
      });

      test('of two at once the first one counts', async () => {
        const { builds } = stores.now;
        const cancelled = { kind: 'finished', state: 'cancelled', blame: 'caller', message: 'x' } as const;
        const [one, two] = await Promise.all([
          builds.endAttempt(endOf('b1', 'a1')),
          builds.endAttempt(endOf('b1', 'a1', { state: 'cancelled', followUp: cancelled })),
        ]);
        expect(two).toEqual(one);
        expect(await builds.counts()).toMatchObject({ passed: 1, cancelled: 0, running: 0 });
      });

      test('again puts the build back, and a later attempt keeps the first start', async () => {
        const { builds } = stores.now;
        const lost = endOf('b1', 'a1', {
          state: 'infrastructure',
          error: {
            code: 'machine_lost',
            blame: 'machine',
            retry: { afterMs: 5 },
            message: 'm1 went away',
            details: { machine: 'm1' },
          },
          log: null,
          artifacts: [],
          followUp: { kind: 'again', notBefore: noon + 60_000 },
        });
        expect(await builds.endAttempt(lost)).toMatchObject({
          state: 'waiting',
          notBefore: noon + 60_000,
          attempts: 1,
          endedAt: null,
        });
        expect(await builds.attempts('b1')).toMatchObject([{ state: 'infrastructure', error: lost.error }]);
        const next = claimOf('b1', 'a2', { at: noon + 70_000, attempt: { id: 'a2', number: 2 } });
        expect(await builds.claim(next)).toMatchObject({ build: { attempts: 2, startedAt: noon + 10 } });
        expect((await builds.attempts('b1')).map((attempt) => attempt.id)).toEqual(['a1', 'a2']);
      });

      test('a build whose cancellation was stored meanwhile does not wait again', async () => {
        const { builds } = stores.now;
        await builds.cancel({ buildId: 'b1', at: noon + 20, by: 'ann' });
        const again = endOf('b1', 'a1', {
          state: 'infrastructure',
          followUp: { kind: 'again', notBefore: 0 },
        });
        expect(await builds.endAttempt(again)).toMatchObject({
          state: 'cancelled',
          cancelRequestedBy: 'ann',
        });
        expect(await builds.counts()).toMatchObject({ waiting: 0, running: 0, cancelled: 1 });
      });

      test('an attempt of another build, or of none, is refused', async () => {
        const { builds } = stores.now;
        await builds.create([newBuild('b2')]);
        await expect(builds.endAttempt(endOf('b2', 'a1'))).rejects.toMatchObject({ code: 'not_found' });
        await expect(builds.endAttempt(endOf('b1', 'a9'))).rejects.toMatchObject({ code: 'not_found' });
      });

      test('what does not fit leaves nothing behind', async () => {
        const { builds, machines, sealedLogs } = stores.now;
        const gap = endOf('b1', 'a1', { journal: [entry('a1', 1), entry('a1', 5)] });
        await expect(builds.endAttempt(gap)).rejects.toMatchObject({ code: 'conflict' });
        const twice = [artifact('same', 'a1', 'b1'), artifact('same', 'a1', 'b1')];
        await expect(builds.endAttempt(endOf('b1', 'a1', { artifacts: twice }))).rejects.toMatchObject({
          code: 'conflict',
        });
        expect(await builds.build('b1')).toMatchObject({ state: 'running' });
        expect(await builds.journal('a1')).toHaveLength(1);
        expect(await sealedLogs.sealed('a1')).toBeNull();
        expect(await machines.openLeases()).toHaveLength(1);
      });
    });

    describe('cancel', () => {
      test('a waiting build is cancelled, a running one marked once, a finished one left', async () => {
        const { builds } = stores.now;
        await builds.create([newBuild('b1'), newBuild('b2')]);
        expect(await builds.cancel({ buildId: 'b1', at: noon + 1, by: 'ann' })).toMatchObject({
          outcome: 'cancelled',
          build: {
            state: 'cancelled',
            endedAt: noon + 1,
            cancelRequestedBy: 'ann',
            message: 'Cancelled by ann',
          },
        });
        expect(await builds.cancel({ buildId: 'b1', at: noon + 2, by: 'bob' })).toMatchObject({
          outcome: 'finished',
          build: { cancelRequestedBy: 'ann', endedAt: noon + 1 },
        });
        await builds.claim(claimOf('b2', 'a2'));
        for (const by of ['ann', 'bob']) {
          expect(await builds.cancel({ buildId: 'b2', at: noon + 20, by })).toMatchObject({
            outcome: 'stopping',
            build: { state: 'running', cancelRequestedBy: 'ann', endedAt: null },
          });
        }
        expect(await builds.cancel({ buildId: 'b9', at: noon, by: 'ann' })).toEqual({ outcome: 'missing' });
      });

      test('cancel and claim at once: whoever is second sees the first', async () => {
        const { builds } = stores.now;
        await builds.create([newBuild('b1'), newBuild('b2')]);
        const [claimed, stopping] = await Promise.all([
          builds.claim(claimOf('b1', 'a1')),
          builds.cancel({ buildId: 'b1', at: noon, by: 'ann' }),
        ]);
        expect([claimed.outcome, stopping.outcome]).toEqual(['claimed', 'stopping']);
        const [cancelled, refused] = await Promise.all([
          builds.cancel({ buildId: 'b2', at: noon, by: 'ann' }),
          builds.claim(claimOf('b2', 'a2', { slot: 1 })),
        ]);
        expect([cancelled.outcome, refused.outcome]).toEqual(['cancelled', 'not-waiting']);
      });
    });

    describe('unfinished', () => {
      test('holds all that a restart needs, oldest first', async () => {
        const { builds } = stores.now;
        await builds.create([
          newBuild('b4', { createdAt: noon + 3 }),
          newBuild('b1', { createdAt: noon }),
          newBuild('b2', { createdAt: noon + 1 }),
          newBuild('b3', { createdAt: noon + 2 }),
        ]);
        const again = { followUp: { kind: 'again', notBefore: 7 }, state: 'infrastructure' } as const;
        await builds.claim(claimOf('b1', 'a1'));
        await builds.endAttempt(endOf('b1', 'a1', again));
        await builds.claim(claimOf('b1', 'a2', { attempt: { id: 'a2', number: 2 } }));
        await builds.appendJournal([entry('a2', 1), entry('a2', 2)]);
        await builds.claim(claimOf('b2', 'a3', { slot: 1 }));
        await builds.endAttempt(endOf('b2', 'a3', again));
        await builds.claim(claimOf('b3', 'a4', { machineId: 'm2' }));
        await builds.endAttempt(endOf('b3', 'a4'));
        await stores.reopen();
        const unfinished = await stores.now.builds.unfinished();
        expect(unfinished.map((item) => item.build.id)).toEqual(['b1', 'b2', 'b4']);
        expect(unfinished.map((item) => item.attempts.map(({ id, state }) => [id, state]))).toEqual([
          [
            ['a1', 'infrastructure'],
            ['a2', 'running'],
          ],
          [['a3', 'infrastructure']],
          [],
        ]);
        expect(unfinished.map((item) => item.journal.length)).toEqual([3, 0, 0]);
        expect(unfinished[0]?.journal).toEqual([entry('a2', 0), entry('a2', 1), entry('a2', 2)]);
      });
    });

    describe('what is stored survives closing', () => {
      test('and is the same afterwards', async () => {
        await stores.now.builds.create([newBuild('b1')]);
        await stores.now.builds.claim(claimOf('b1', 'a1'));
        const before = await stores.now.builds.endAttempt(endOf('b1', 'a1'));
        await stores.reopen();
        const { builds } = stores.now;
        expect(await builds.build('b1')).toEqual(before);
        expect(await builds.counts()).toMatchObject({ passed: 1, waiting: 0, running: 0 });
        expect(await builds.cells({ repo: 'croft', commits: [hash(1)] })).toEqual([before]);
      });
    });
  });
}
