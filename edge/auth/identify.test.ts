import { expect, test } from 'bun:test';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import type { Access, Identity } from '../../core/access/index.ts';
import { createIdentifier, demand } from './identify.ts';

function make(options: { anonymousReading?: boolean } = {}) {
  const clock = createManualClock();
  const asked: string[] = [];
  const known: Readonly<Record<string, Identity>> = { good: { name: 'robot', scopes: ['build'] } };
  const access: Access = {
    authenticate: async (token) => {
      asked.push(token);
      return known[token] ?? null;
    },
    create: () => Promise.reject(new Error('Not asked for here')),
    list: async () => [],
    remove: async () => false,
  };
  const identifier = createIdentifier({
    access,
    clock,
    anonymousReading: () => options.anonymousReading ?? true,
  });
  const identify = (headers: Record<string, string>, address = 'a') =>
    identifier.identify(new Request('http://localhost/', { headers }), address);
  return { clock, asked, identify };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test('nobody is anonymous, who may read when the farm says so', async () => {
  expect(await make().identify({})).toEqual({ name: 'anonymous', scopes: ['read'] });
  expect(await make({ anonymousReading: false }).identify({})).toEqual({ name: 'anonymous', scopes: [] });
});

test('a token comes in either header, and a malformed header is refused by name', async () => {
  const { identify } = make();
  expect((await identify(bearer('good'))).name).toBe('robot');
  expect((await identify({ authorization: 'bearer   good' })).name).toBe('robot');
  expect((await identify({ 'x-croft-token': 'good' })).name).toBe('robot');
  for (const authorization of ['good', 'Basic Zzo=', 'Bearer ', 'Bearer a b', `Bearer ${'x'.repeat(513)}`])
    await expect(identify({ authorization })).rejects.toMatchObject({
      code: 'unauthenticated',
      details: { field: 'Authorization' },
    });
  await expect(identify({ 'x-croft-token': 'x'.repeat(513) })).rejects.toMatchObject({
    details: { field: 'X-Croft-Token' },
  });
});

test('an address that guesses has to wait; other addresses and tokens known to be right do not', async () => {
  const { clock, asked, identify } = make();
  await identify(bearer('good'));
  for (let guess = 0; guess < 30; guess++)
    await expect(identify(bearer(`wrong${guess}`))).rejects.toMatchObject({ code: 'unauthenticated' });
  const before = asked.length;
  await expect(identify(bearer('more'))).rejects.toMatchObject({
    code: 'too_many',
    retry: { afterMs: 60_000 },
  });
  expect(asked.length).toBe(before);
  expect((await identify(bearer('good'))).name).toBe('robot');
  await expect(identify(bearer('wrong'), 'b')).rejects.toMatchObject({ code: 'unauthenticated' });
  await clock.advance(60_001);
  await expect(identify(bearer('more'))).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('what an identity lacks is unauthenticated for nobody and forbidden for somebody', () => {
  const nobody: Identity = { name: 'anonymous', scopes: ['read'] };
  expect(() => demand(nobody, 'build')).toThrow(expect.objectContaining({ code: 'unauthenticated' }));
  expect(() => demand({ ...nobody, scopes: [] }, 'read')).toThrow(
    expect.objectContaining({ code: 'unauthenticated' }),
  );
  demand(nobody, 'read');
  const robot: Identity = { name: 'robot', scopes: ['build'] };
  expect(() => demand(robot, 'machines')).toThrow(expect.objectContaining({ code: 'forbidden' }));
  demand(robot, 'build');
  demand(robot, 'read');
  for (const scope of ['read', 'build', 'machines', 'admin'] as const)
    demand({ name: 'boss', scopes: ['admin'] }, scope);
});
