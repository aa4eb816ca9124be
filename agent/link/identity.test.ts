import { expect, test } from 'bun:test';
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../../test/agent/scratch.ts';
import { helloText } from '../wire/handshake.ts';
import type { Challenge, Hello } from '../wire/protocol.ts';
import { createFreshIdentity, openIdentity } from './identity.ts';

const challenge: Challenge = {
  type: 'challenge',
  protocol: { min: 1, max: 1 },
  nonce: btoa('n'.repeat(32)),
  coordinatorVersion: '1',
};

function isSigned(publicKey: string, identity: Hello['identity']): boolean {
  const prefix = Buffer.from('302a300506032b6570032100', 'hex');
  const key = createPublicKey({
    key: Buffer.concat([prefix, Buffer.from(publicKey, 'base64')]),
    format: 'der',
    type: 'spki',
  });
  const text = Buffer.from(helloText(challenge.nonce, identity));
  return verify(null, text, key, Buffer.from(identity.signature, 'base64'));
}

test('a key is made once, for its owner alone, and signs what it claims', () => {
  const path = join(scratchFolder(), 'identity.json');
  const first = openIdentity(path);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(Buffer.from(first.publicKey, 'base64')).toHaveLength(32);
  const join1 = first.claim(challenge, 'token');
  expect(join1).toMatchObject({ kind: 'join', token: 'token', publicKey: first.publicKey });
  expect(isSigned(first.publicKey, join1)).toBe(true);
  expect(() => first.claim(challenge, undefined)).toThrow('--join TOKEN');
  first.saveMachineId('mch_1');

  const again = openIdentity(path);
  expect(again.publicKey).toBe(first.publicKey);
  expect(again.machineId()).toBe('mch_1');
  const claim = again.claim(challenge, 'ignored');
  expect(claim).toMatchObject({ kind: 'machine', machineId: 'mch_1' });
  expect(isSigned(first.publicKey, claim)).toBe(true);
  expect(isSigned(first.publicKey, { ...claim, machineId: 'mch_2' } as Hello['identity'])).toBe(false);
});

test('a fresh key replaces the old one only once it was let in', () => {
  const path = join(scratchFolder(), 'identity.json');
  const old = openIdentity(path);
  old.saveMachineId('mch_1');
  const fresh = createFreshIdentity(path);
  expect(fresh.publicKey).not.toBe(old.publicKey);
  expect(openIdentity(path).publicKey).toBe(old.publicKey);
  fresh.saveMachineId('mch_2');
  expect(openIdentity(path)).toMatchObject({ publicKey: fresh.publicKey });
  expect(openIdentity(path).machineId()).toBe('mch_2');
});

test('a damaged file is refused, not replaced', () => {
  const path = join(scratchFolder(), 'identity.json');
  for (const content of ['', '{}', '{"privateKey":"x"}', 'null']) {
    writeFileSync(path, content);
    expect(() => openIdentity(path)).toThrow('is damaged');
    expect(readFileSync(path, 'utf8')).toBe(content);
  }
});
