import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { scratchFolder } from '../../test/agent/scratch.ts';
import { createSystemRandomness } from '../kit/ids.ts';
import { silentLog } from '../kit/log.ts';
import { createManualClock } from '../kit/manual-clock.ts';
import { FarmError } from '../wire/farm-error.ts';
import { coordinatorHandshake } from '../wire/handshake.ts';
import { createMemoryLink } from '../wire/memory-transport.ts';
import type { Hello, Welcome } from '../wire/protocol.ts';
import type { Session } from '../wire/session.ts';
import { createSession } from '../wire/session-core.ts';
import { createFreshIdentity, openIdentity } from './identity.ts';
import { createLink } from './link.ts';

const randomness = createSystemRandomness();
const shuttingDown = new FarmError('shutting_down', 'Stopped', { blame: 'machine', retry: 'same' });
const about = {
  name: 'box',
  slots: 1,
  platform: {
    os: 'linux',
    arch: 'x64',
    release: '1',
    hostname: 'box',
    cpus: 1,
    memoryBytes: 1,
    runtime: 'bun' as const,
    runtimeVersion: '1',
    agentVersion: '1',
  },
  status: {
    load1: 0,
    memoryFreeBytes: 0,
    diskFreeBytes: 0,
    diskTotalBytes: 0,
    uptimeMs: 0,
    slots: 1,
    busySlots: 0,
    draining: false,
  },
  leases: [],
  runs: [],
};

/** A farm in memory whose coordinator answers each dial by the next of `answers`, the last one from then on. */
function farm(
  answers: readonly ('welcome' | 'unreachable' | FarmError)[],
  options: { machineId?: string } = {},
) {
  const clock = createManualClock();
  const path = join(scratchFolder(), 'identity.json');
  const identity = openIdentity(path);
  if (options.machineId !== undefined) identity.saveMachineId(options.machineId);
  const dialledAt: number[] = [];
  const hellos: Hello[] = [];
  const sessions: Session[] = [];
  const events: string[] = [];
  const stop = new AbortController();
  const link = createLink({
    clock,
    randomness: { ...randomness, fraction: () => 1 },
    log: silentLog,
    identity,
    freshIdentity: () => createFreshIdentity(path),
    joinToken: 'token',
    introduce: () => about,
    handlers: { drain: async () => ({}) },
    notices: {},
    onWelcome: () => events.push('welcome'),
    onConnected: () => events.push('connected'),
    async dial() {
      const answer = answers[Math.min(dialledAt.length, answers.length - 1)];
      dialledAt.push(clock.monotonic());
      if (answer === 'unreachable' || answer === undefined) throw new Error('Nobody there');
      const { left, right } = createMemoryLink();
      const welcome: Welcome = {
        type: 'welcome',
        protocol: 1,
        machineId: `mch_${dialledAt.length}`,
        hostType: 'linux',
        heartbeatMs: 5_000,
        keepLeases: [],
      };
      coordinatorHandshake(left, {
        clock,
        randomness,
        version: '1',
        async admit(hello) {
          hellos.push(hello);
          return answer === 'welcome' ? welcome : answer;
        },
      }).then(
        ({ transport }) => sessions.push(createSession(transport, { clock, role: 'coordinator' })),
        () => undefined,
      );
      return right;
    },
  });
  const ended = link.run(stop.signal);
  return { clock, identity, path, dialledAt, hellos, sessions, events, stop, ended };
}

test('joins, keeps its id, serves, and stops when told, telling why', async () => {
  const { clock, identity, hellos, sessions, events, stop, ended } = farm(['welcome']);
  await clock.advance(0);
  expect(hellos[0]?.identity).toMatchObject({ kind: 'join', token: 'token' });
  expect(identity.machineId()).toBe('mch_1');
  expect(events).toEqual(['welcome', 'connected']);
  const answer = sessions[0]?.call('drain', { on: true });
  await clock.advance(0);
  expect(await answer).toEqual({});
  stop.abort(shuttingDown);
  expect(await ended).toBeUndefined();
  expect(await sessions[0]?.closed).toMatchObject({ code: 'shutting_down' });
});

test('dials again with growing pauses, bounded', async () => {
  const { clock, dialledAt } = farm(['unreachable']);
  await clock.advance(60_000);
  const pauses = dialledAt.slice(1).map((at, index) => at - (dialledAt[index] ?? 0));
  expect(pauses.slice(0, 7)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
});

test('starts over with short pauses after a connection that lasted', async () => {
  const { clock, dialledAt, sessions } = farm(['unreachable', 'unreachable', 'unreachable', 'welcome']);
  await clock.advance(20_000);
  const before = dialledAt.length;
  sessions[0]?.close(shuttingDown);
  await clock.advance(500);
  expect(dialledAt.length).toBe(before + 1);
});

test('does not hammer a coordinator that drops it at once', async () => {
  const { clock, dialledAt, sessions } = farm(['welcome']);
  for (let second = 0; second < 30; second++) {
    for (const session of sessions.splice(0)) session.close(shuttingDown);
    await clock.advance(1_000);
  }
  expect(dialledAt.length).toBeLessThan(8);
});

test('waits as long as the coordinator said that it is away', async () => {
  const { clock, dialledAt, sessions } = farm(['welcome']);
  await clock.advance(0);
  sessions[0]?.notify('coordinator.restarting', { afterMs: 7_000 });
  sessions[0]?.close(shuttingDown);
  await clock.advance(6_999);
  expect(dialledAt).toHaveLength(1);
  await clock.advance(501);
  expect(dialledAt).toHaveLength(2);
});

test('a coordinator that asks for a wait of years is dialled again all the same', async () => {
  const never = new FarmError('too_many', 'Later', { blame: 'farm', retry: { afterMs: 8.64e15 } });
  const { clock, dialledAt, sessions } = farm([never, 'welcome']);
  await clock.advance(600_500);
  expect(dialledAt).toHaveLength(2);
  sessions[0]?.notify('coordinator.restarting', { afterMs: 8.64e15 });
  sessions[0]?.close(shuttingDown);
  await clock.advance(601_000);
  expect(dialledAt).toHaveLength(3);
});

test('a refusal that waiting does not change ends it; others are waited out', async () => {
  const busy = new FarmError('too_many', 'Later', { blame: 'farm', retry: { afterMs: 3_000 } });
  const never = new FarmError('version_unsupported', 'Too old', { blame: 'farm' });
  const { clock, dialledAt, ended } = farm([busy, never]);
  await clock.advance(3_400);
  expect(dialledAt).toHaveLength(1);
  await clock.advance(100);
  expect(await ended).toMatchObject({ code: 'version_unsupported', message: 'Too old' });
});

test('a machine that is not known any more joins anew once, with another key', async () => {
  const unknown = new FarmError('unauthenticated', 'Who?', { blame: 'caller' });
  const { clock, hellos, identity, path } = farm([unknown, 'welcome'], { machineId: 'mch_old' });
  // Two handshakes, one after the other.
  await clock.advance(0);
  await clock.advance(0);
  expect(hellos.map((hello) => hello.identity.kind)).toEqual(['machine', 'join']);
  expect(hellos[1]?.identity).not.toMatchObject({ publicKey: identity.publicKey });
  expect(openIdentity(path).machineId()).toBe('mch_2');
});

test('and keeps its old key when that is refused too', async () => {
  const unknown = new FarmError('unauthenticated', 'Who?', { blame: 'caller' });
  const { ended, identity, path, dialledAt } = farm([unknown], { machineId: 'mch_old' });
  expect(await ended).toMatchObject({ code: 'unauthenticated' });
  expect(dialledAt).toHaveLength(2);
  expect(openIdentity(path)).toMatchObject({ publicKey: identity.publicKey });
});
