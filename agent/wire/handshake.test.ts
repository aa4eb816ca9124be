import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createSystemRandomness } from '../kit/ids.ts';
import { createManualClock } from '../kit/manual-clock.ts';
import { FarmError, isFarmError } from './farm-error.ts';
import { decodeFrame, encodeFrame } from './frames.ts';
import { agentHandshake, coordinatorHandshake, handshakeTimeoutMs, helloText } from './handshake.ts';
import { createMemoryLink } from './memory-transport.ts';
import { decodeMessage } from './messages.ts';
import type { Challenge, Hello, Welcome } from './protocol.ts';
import { createSession } from './session-core.ts';
import type { Transport } from './transport.ts';

const randomness = createSystemRandomness();

const welcome: Welcome = {
  type: 'welcome',
  protocol: 1,
  machineId: 'mch_1',
  hostType: 'linux',
  heartbeatMs: 5_000,
  keepLeases: [],
};

function helloFor(challenge: Challenge, protocol = { min: 1, max: 1 }): Hello {
  const claim = { kind: 'machine', machineId: 'mch_1' } as const;
  return {
    type: 'hello',
    protocol,
    identity: { ...claim, signature: btoa(helloText(challenge.nonce, claim)) },
    name: 'box',
    slots: 2,
    platform: {
      os: 'linux',
      arch: 'x64',
      release: '6',
      hostname: 'box',
      cpus: 2,
      memoryBytes: 1,
      runtime: 'bun',
      runtimeVersion: '1',
      agentVersion: '0',
    },
    status: {
      load1: 0,
      memoryFreeBytes: 1,
      diskFreeBytes: 1,
      diskTotalBytes: 1,
      uptimeMs: 1,
      slots: 2,
      busySlots: 0,
      draining: false,
    },
    leases: [],
    runs: [],
  };
}

function both(
  admit: (hello: Hello, nonce: string) => Promise<Welcome | FarmError>,
  hello = async (challenge: Challenge) => helloFor(challenge),
) {
  const clock = createManualClock();
  const link = createMemoryLink();
  const coordinator = coordinatorHandshake(link.left, { clock, randomness, version: '1.0.0', admit });
  const agent = agentHandshake(link.right, { clock, hello });
  return { clock, link, settled: Promise.allSettled([coordinator, agent]) };
}

test('a known agent is let in, its signature covers the challenge', async () => {
  let nonceSeen = '';
  const { settled } = both(async (hello, nonce) => {
    nonceSeen = nonce;
    expect(hello.identity.signature).toBe(btoa(helloText(nonce, { kind: 'machine', machineId: 'mch_1' })));
    return welcome;
  });
  const [coordinator, agent] = await settled;
  expect(coordinator).toMatchObject({ status: 'fulfilled', value: { welcome, hello: { name: 'box' } } });
  expect(agent).toMatchObject({ status: 'fulfilled', value: { outcome: 'welcome', welcome } });
  expect(atob(nonceSeen)).toHaveLength(32);
});

test('a refusal reaches the agent with its reason and its advice', async () => {
  const { settled } = both(
    async () => new FarmError('machine_revoked', 'The key was revoked', { blame: 'machine' }),
  );
  const [coordinator, agent] = await settled;
  expect(coordinator).toMatchObject({ status: 'rejected', reason: { code: 'machine_revoked' } });
  expect(agent).toMatchObject({
    status: 'fulfilled',
    value: { outcome: 'refused', error: { code: 'machine_revoked', retry: 'never' } },
  });
});

test('an agent that shares no version is refused in words', async () => {
  const { settled } = both(
    async () => welcome,
    async (challenge) => helloFor(challenge, { min: 7, max: 9 }),
  );
  const [, agent] = await settled;
  expect(agent).toMatchObject({ value: { outcome: 'refused', error: { code: 'version_unsupported' } } });
});

test('frames that follow the welcome at once reach the session', async () => {
  const { settled, clock } = both(async () => welcome);
  const [coordinator, agent] = await settled;
  if (coordinator.status !== 'fulfilled' || agent.status !== 'fulfilled') throw new Error('No handshake');
  if (agent.value.outcome !== 'welcome') throw new Error('Refused');
  const asking = createSession(coordinator.value.transport, { clock, role: 'coordinator' });
  const answer = asking.call('drain', { on: true });
  await clock.advance(0);
  createSession(agent.value.transport, { clock, role: 'agent', handlers: { drain: async () => ({}) } });
  expect(await answer).toEqual({});
});

test('a silent side is given up on either side', async () => {
  const clock = createManualClock();
  const alone = [
    coordinatorHandshake(createMemoryLink().left, {
      clock,
      randomness,
      version: '1',
      admit: async () => welcome,
    }),
    agentHandshake(createMemoryLink().left, { clock, hello: async (challenge) => helloFor(challenge) }),
  ];
  const settled = Promise.allSettled(alone);
  await clock.advance(handshakeTimeoutMs);
  for (const side of await settled) expect(side).toMatchObject({ reason: { code: 'timed_out' } });
  expect(clock.waiting).toBe(0);
});

test('an agent that speaks on before it is welcome is refused', async () => {
  const clock = createManualClock();
  const { left, right } = createMemoryLink();
  const admitted = coordinatorHandshake(left, {
    clock,
    randomness,
    version: '1',
    async admit() {
      right.send(encodeFrame('ping', 0));
      await clock.advance(0);
      return welcome;
    },
  }).catch((error: unknown) => error);
  right.start({
    onMessage(bytes) {
      const message = decodeMessage(decodeFrame(bytes).payload);
      if (message.type !== 'challenge') return;
      right.send(encodeFrame('message', 0, new TextEncoder().encode(JSON.stringify(helloFor(message)))));
    },
    onClose() {},
    onDrain() {},
  });
  expect(await admitted).toMatchObject({ code: 'protocol_violation' });
});

test('whatever comes in place of a hello, the coordinator rejects with a FarmError and closes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 50 }), { minLength: 1, maxLength: 5 }),
      async (all) => {
        const clock = createManualClock();
        const { left, right } = createMemoryLink();
        let closed = false;
        right.start({
          onMessage() {},
          onClose() {
            closed = true;
          },
          onDrain() {},
        });
        const result = coordinatorHandshake(left, {
          clock,
          randomness,
          version: '1',
          admit: async () => welcome,
        });
        for (const bytes of all) right.send(bytes);
        expect(isFarmError(await result.catch((error: unknown) => error))).toBe(true);
        await clock.advance(0);
        expect(closed).toBe(true);
      },
    ),
  );
});

test('a peer that floods before the session takes over is cut off, not stored', async () => {
  const { settled, link, clock } = both(async () => welcome);
  const [coordinator] = await settled;
  if (coordinator.status !== 'fulfilled') throw new Error('No handshake');
  const right: Transport = link.right;
  for (let count = 0; count < 10_000; count++) right.send(new Uint8Array(1_000));
  await clock.advance(0);
  let reason = '';
  coordinator.value.transport.start({
    onMessage() {},
    onClose(info) {
      reason = info.reason;
    },
    onDrain() {},
  });
  expect(reason).toBe('protocol_violation');
});
