import { beforeEach, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import type { Clock } from '../../agent/kit/clock.ts';
import { createIdSource, createSystemRandomness } from '../../agent/kit/ids.ts';
import type { TokenStore } from './ports.ts';
import { createAccess } from './service.ts';
import { type Access, type AccessToken, allows } from './types.ts';

const hash = (secret: string) => createHash('sha256').update(secret).digest('hex');
let now = 1_000;
let touched: string[];
let stored: Map<string, AccessToken>;
let access: Access;

beforeEach(() => {
  now = 1_000;
  touched = [];
  stored = new Map();
  const store: TokenStore = {
    create: async ({ token, hash: key }) => void stored.set(key, token),
    byHash: async (key) => stored.get(key) ?? null,
    list: async () => [...stored.values()],
    async remove(id) {
      const found = [...stored].find(([, token]) => token.id === id);
      return found !== undefined && stored.delete(found[0]);
    },
    async touch({ id, at }) {
      touched.push(id);
      for (const [key, token] of stored) if (token.id === id) stored.set(key, { ...token, lastUsedAt: at });
    },
  };
  const clock = { now: () => now } as Clock;
  const randomness = createSystemRandomness();
  const ids = createIdSource({ now: () => now, randomness });
  access = createAccess({ store, clock, ids, randomness, hash, adminTokenHash: hash('the admin token') });
});

test('the admin token holds every scope, and nothing near it holds any', async () => {
  const admin = await access.authenticate('the admin token');
  expect(admin?.scopes).toContain('admin');
  for (const wrong of ['', 'the admin toke', 'the admin token ', hash('the admin token')]) {
    expect(await access.authenticate(wrong)).toBeNull();
  }
});

test('a token holds its scopes until it expires or is removed, and is stored as a hash only', async () => {
  const { secret, token } = await access.create({
    name: ' robot ',
    scopes: ['build', 'build'],
    expiresInMs: 500,
  });
  expect(token).toMatchObject({ name: 'robot', scopes: ['build'] });
  expect(JSON.stringify([...stored])).not.toContain(secret);
  expect(await access.authenticate(secret)).toEqual({ name: 'robot', scopes: ['build'] });
  now += 500;
  expect(await access.authenticate(secret)).toBeNull();
  expect([await access.remove(token.id), await access.remove(token.id)]).toEqual([true, false]);
});

test('when a token was last used is written at most once a minute', async () => {
  const { secret, token } = await access.create({ name: 'robot', scopes: ['read'], expiresInMs: null });
  for (const step of [0, 30_000, 61_000, 1_000]) {
    now += step;
    await access.authenticate(secret);
  }
  expect(touched).toEqual([token.id, token.id]);
});

test('what can not be meant is refused by name', async () => {
  const good = { name: 'robot', scopes: ['read'] as const, expiresInMs: null };
  await expect(access.create({ ...good, name: ' ' })).rejects.toMatchObject({ details: { field: 'name' } });
  await expect(access.create({ ...good, scopes: [] })).rejects.toMatchObject({
    details: { field: 'scopes' },
  });
  await expect(access.create({ ...good, expiresInMs: -1 })).rejects.toMatchObject({
    details: { field: 'expiresInMs' },
  });
  // No token may pass for one of these, and none may steer a terminal that shows it.
  for (const name of ['admin', 'Anonymous', 'farm', 'a\u001b[2Jb', 'x'.repeat(101)])
    await expect(access.create({ ...good, name })).rejects.toMatchObject({ details: { field: 'name' } });
});

test('every scope reads, admin does everything, and no other scope does more than it says', () => {
  const holder = (...scopes: ('read' | 'build' | 'machines' | 'admin')[]) => ({ name: 'x', scopes });
  expect(allows(holder('build'), 'read')).toBe(true);
  expect(allows(holder('admin'), 'machines')).toBe(true);
  expect(allows(holder('build'), 'machines')).toBe(false);
  expect(allows(holder(), 'read')).toBe(false);
});
