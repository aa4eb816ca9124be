import { describe, expect, test } from 'bun:test';
import type { JoinToken, Machine } from '../../core/machines/types.ts';
import { claimOf, endOf } from './build-store.ts';
import { joining, joinMachine, newBuild, noon } from './samples.ts';
import { freshStores, type MakeHome } from './stores.ts';

const day = 86_400_000;

function joinToken(id: string, over: Partial<JoinToken> = {}): { token: JoinToken; hash: string } {
  const token = {
    id,
    hostType: null,
    createdAt: noon,
    expiresAt: noon + 60_000,
    usedAt: null,
    usedBy: null,
    createdBy: 'admin',
    ...over,
  };
  return { token, hash: `hash-${id}` };
}

export function machineStoreConformance(name: string, makeHome: MakeHome): void {
  describe(`machine store: ${name}`, () => {
    const stores = freshStores(makeHome);

    describe('join', () => {
      test('uses the token up and stores the machine', async () => {
        const { machines } = stores.now;
        await machines.createJoinToken(joinToken('t1'));
        const machine = joining('m1');
        const answer = await machines.join({ tokenHash: 'hash-t1', at: noon + 1, machine });
        const expected: Machine = {
          ...machine,
          hostType: 'linux-x64',
          createdAt: noon + 1,
          lastSeenAt: noon + 1,
          draining: false,
          quarantine: null,
          revokedAt: null,
        };
        expect(answer).toEqual({ outcome: 'joined', machine: expected });
        await stores.reopen();
        expect(await stores.now.machines.machine('m1')).toEqual(expected);
        expect(await stores.now.machines.machines()).toEqual([expected]);
        expect(await stores.now.machines.joinTokens()).toEqual([
          { ...joinToken('t1').token, usedAt: noon + 1, usedBy: 'm1' },
        ]);
      });

      test('the same key with the same token answers the machine it bought, also after the expiry', async () => {
        const { machines } = stores.now;
        await machines.createJoinToken(joinToken('t1'));
        const op = { tokenHash: 'hash-t1', at: noon, machine: joining('m1') };
        const first = await machines.join(op);
        const again = { ...op, at: noon + day, machine: { ...joining('m2'), publicKey: 'key-of-m1' } };
        expect(await machines.join(again)).toEqual(first);
        expect(await machines.machines()).toHaveLength(1);
      });

      test('refuses what is not known, expired, used by another, or of another host type', async () => {
        const { machines } = stores.now;
        await machines.createJoinToken(joinToken('t1'));
        await machines.createJoinToken(joinToken('t2', { hostType: 'mac' }));
        const join = async (tokenHash: string, over: Parameters<typeof joining>[1] = {}, at = noon) =>
          await machines.join({ tokenHash, at, machine: joining('m1', over) });
        expect(await join('hash-t9')).toEqual({ outcome: 'unknown-token' });
        expect(await join('hash-t1', {}, noon + 60_000)).toEqual({ outcome: 'expired' });
        expect(await join('hash-t1', { hostType: null })).toEqual({ outcome: 'host-type-missing' });
        expect(await join('hash-t2')).toEqual({ outcome: 'host-type-mismatch', tokenHostType: 'mac' });
        expect((await join('hash-t1')).outcome).toBe('joined');
        expect(await join('hash-t1', { id: 'm2', publicKey: 'other' })).toEqual({ outcome: 'used' });
        expect(await join('hash-t2', { id: 'm2', publicKey: 'other', hostType: null })).toMatchObject({
          outcome: 'joined',
          machine: { hostType: 'mac' },
        });
      });

      test('of many at once one machine gets the token', async () => {
        const { machines } = stores.now;
        await machines.createJoinToken(joinToken('t1'));
        const answers = await Promise.all(
          Array.from({ length: 12 }, (_, i) =>
            machines.join({ tokenHash: 'hash-t1', at: noon, machine: joining(`m${i}`) }),
          ),
        );
        const outcomes = answers.map((answer) => answer.outcome);
        expect(outcomes.filter((outcome) => outcome === 'joined')).toHaveLength(1);
        expect(outcomes.filter((outcome) => outcome === 'used')).toHaveLength(11);
        expect(await machines.machines()).toHaveLength(1);
      });

      test('a key that joins again with a fresh token stays one machine; a revoked one becomes a new one', async () => {
        const { machines } = stores.now;
        for (const id of ['t1', 't2', 't3']) await machines.createJoinToken(joinToken(id));
        const key = { publicKey: 'the-key' };
        await machines.join({ tokenHash: 'hash-t1', at: noon, machine: joining('m1', key) });
        const moved = joining('m2', { ...key, hostType: 'linux-big', name: 'moved' });
        expect(await machines.join({ tokenHash: 'hash-t2', at: noon + 5, machine: moved })).toMatchObject({
          outcome: 'joined',
          machine: { id: 'm1', hostType: 'linux-big', name: 'moved', createdAt: noon },
        });
        await machines.revoke({ machineId: 'm1', at: noon + 9 });
        const third = await machines.join({
          tokenHash: 'hash-t3',
          at: noon + 10,
          machine: joining('m3', key),
        });
        expect(third).toMatchObject({ outcome: 'joined', machine: { id: 'm3', revokedAt: null } });
        expect(await machines.machine('m1')).toMatchObject({ revokedAt: noon + 9 });
      });

      test('tokens are listed newest first and can be taken back', async () => {
        const { machines } = stores.now;
        await machines.createJoinToken(joinToken('t1'));
        await machines.createJoinToken(joinToken('t2', { createdAt: noon + 1 }));
        expect((await machines.joinTokens()).map((token) => token.id)).toEqual(['t2', 't1']);
        await expect(machines.createJoinToken(joinToken('t1'))).rejects.toMatchObject({ code: 'conflict' });
        expect(await machines.removeJoinToken('t1')).toBeTrue();
        expect(await machines.removeJoinToken('t1')).toBeFalse();
        expect(await machines.join({ tokenHash: 'hash-t1', at: noon, machine: joining('m1') })).toEqual({
          outcome: 'unknown-token',
        });
      });
    });

    test('what people decide and what machines tell is kept', async () => {
      const { machines } = stores.now;
      await joinMachine(machines, 'm1');
      const quarantine = { since: noon, reason: 'three losses in a row', by: 'farm' };
      await machines.setQuarantine({ machineId: 'm1', quarantine });
      await machines.setDraining({ machineId: 'm1', draining: true });
      const platform = { ...joining('m1').platform, agentVersion: '0.2.0' };
      await machines.saveSeen({ machineId: 'm1', at: noon + 7, name: 'new name', slots: 5, platform });
      expect(await machines.machine('m1')).toMatchObject({
        quarantine,
        draining: true,
        name: 'new name',
        slots: 5,
        platform,
        lastSeenAt: noon + 7,
      });
      await machines.setQuarantine({ machineId: 'm1', quarantine: null });
      await machines.setDraining({ machineId: 'm1', draining: false });
      await machines.revoke({ machineId: 'm1', at: noon + 8 });
      await machines.revoke({ machineId: 'm1', at: noon + 9 });
      expect(await machines.machine('m1')).toMatchObject({
        quarantine: null,
        draining: false,
        revokedAt: noon + 8,
      });
      expect(await machines.machine('m9')).toBeNull();
    });

    test('a change of a machine that nobody knows is an error, a sign of life is not', async () => {
      const { machines } = stores.now;
      const refused = { code: 'not_found' };
      await expect(machines.setDraining({ machineId: 'm9', draining: true })).rejects.toMatchObject(refused);
      await expect(machines.revoke({ machineId: 'm9', at: noon })).rejects.toMatchObject(refused);
      const quarantine = { machineId: 'm9', quarantine: null };
      await expect(machines.setQuarantine(quarantine)).rejects.toMatchObject(refused);
      await machines.touch({ machineIds: ['m9'], at: noon });
    });

    test('the last sign of life never goes back', async () => {
      const { machines } = stores.now;
      await joinMachine(machines, 'm1');
      await joinMachine(machines, 'm2');
      await machines.touch({ machineIds: ['m1', 'm2'], at: noon + 50 });
      await machines.touch({ machineIds: ['m1'], at: noon + 20 });
      expect((await machines.machines()).map((machine) => machine.lastSeenAt)).toEqual([
        noon + 50,
        noon + 50,
      ]);
    });

    test('history is newest first, in order of arrival within a millisecond', async () => {
      const { machines } = stores.now;
      await joinMachine(machines, 'm1');
      await joinMachine(machines, 'm2');
      const event = (text: string, at: number, machineId = 'm1') =>
        ({ machineId, at, kind: 'connected', text }) as const;
      await machines.addEvents([event('a', noon), event('b', noon), event('x', noon, 'm2')]);
      await machines.addEvents([event('c', noon + 1), event('d', noon - 1)]);
      const texts = async (limit: number) =>
        (await machines.events({ machineId: 'm1', limit })).map((each) => each.text);
      expect(await texts(9)).toEqual(['c', 'b', 'a', 'd']);
      expect(await texts(2)).toEqual(['c', 'b']);
      expect(await machines.events({ machineId: 'm2', limit: 1 })).toEqual([event('x', noon, 'm2')]);
      await expect(machines.addEvents([event('y', noon, 'm9')])).rejects.toMatchObject({ code: 'not_found' });
    });

    test('reliability counts the attempts that ended since, to the millisecond', async () => {
      const { machines, builds } = stores.now;
      await joinMachine(machines, 'm1');
      await joinMachine(machines, 'm2');
      const midnight = Math.ceil(noon / day) * day;
      const ends = [noon, noon + 1, midnight - 1, midnight, midnight + 5, midnight + 3 * day];
      for (const [i, at] of ends.entries()) {
        const machineId = i === 4 ? 'm2' : 'm1';
        await builds.create([newBuild(`b${i}`)]);
        await builds.claim(claimOf(`b${i}`, `a${i}`, { machineId, journal: [] }));
        const lost = { state: 'infrastructure', followUp: { kind: 'again', notBefore: 0 } } as const;
        await builds.endAttempt(endOf(`b${i}`, `a${i}`, { at, journal: [], ...(i % 2 === 0 ? lost : {}) }));
      }
      for (const since of [
        0,
        noon,
        noon + 1,
        noon + 2,
        midnight,
        midnight + 1,
        midnight + 6,
        midnight + 9 * day,
      ]) {
        const found = await machines.reliability(since);
        for (const [machineId, own] of [
          ['m1', [0, 1, 2, 3, 5]],
          ['m2', [4]],
        ] as const) {
          const counted = own.filter((i) => (ends[i] ?? 0) >= since);
          expect(found.get(machineId) ?? { attempts: 0, infrastructureFailures: 0 }).toEqual({
            attempts: counted.length,
            infrastructureFailures: counted.filter((i) => i % 2 === 0).length,
          });
        }
      }
    });
  });
}
