import { expect, test } from 'bun:test';
import { createLru } from './lru.ts';

test('keeps what is used, up to its cost', async () => {
  const fetched: string[] = [];
  const lru = createLru<string>({ maxCost: 6, costOf: (value) => value.length });
  const get = (key: string) =>
    lru.get(key, async () => {
      fetched.push(key);
      return key.repeat(2);
    });
  for (const key of ['a', 'b', 'c', 'a', 'd', 'a', 'b']) expect(await get(key)).toBe(key.repeat(2));
  expect(fetched).toEqual(['a', 'b', 'c', 'd', 'b']);
  expect(lru.cost).toBe(6);
});

test('who asks at the same time waits for the same fetch, and a failure is not kept', async () => {
  let fetches = 0;
  const lru = createLru<string>({ maxCost: 10, costOf: () => 1 });
  const failing = async () => {
    fetches++;
    throw new Error('not now');
  };
  const asked = await Promise.allSettled([lru.get('a', failing), lru.get('a', failing)]);
  expect([asked.map(({ status }) => status), fetches]).toEqual([['rejected', 'rejected'], 1]);
  expect(await lru.get('a', async () => 'now')).toBe('now');
});

test('a value that is larger than all the room is given and not kept', async () => {
  const lru = createLru<number>({ maxCost: 5, costOf: (value) => value });
  expect(await lru.get('large', async () => 9)).toBe(9);
  await Promise.resolve();
  expect(lru.cost).toBe(0);
});
