import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { choose, untouchedMs } from './rules.ts';
import type { KeptItem } from './types.ts';

const day = 86_400_000;
const now = Date.UTC(2031, 4, 5);

async function* each(items: readonly KeptItem[]): AsyncGenerator<KeptItem> {
  yield* items;
}

async function chosen(items: readonly KeptItem[], rule: { ageMs: number | null; bytes: number | null }) {
  const totalBytes = items.reduce((sum, item) => sum + item.bytes, 0);
  const answers = [];
  for await (const { item, policy } of choose(each(items), { kind: 'logs', rule, totalBytes, now }))
    answers.push(`${item.id}: ${policy}`);
  return answers;
}

const items = [90, 60, 30, 1].map((days) => ({ id: `d${days}`, at: now - days * day, bytes: 100 }));

test('by age, by size, and by both', async () => {
  expect(await chosen(items, { ageMs: null, bytes: null })).toEqual([]);
  expect(await chosen(items, { ageMs: 60 * day, bytes: null })).toEqual(['d90: logs older than 60d']);
  expect(await chosen(items, { ageMs: null, bytes: 250 })).toEqual([
    'd90: logs over 250B in all',
    'd60: logs over 250B in all',
  ]);
  expect(await chosen(items, { ageMs: 80 * day, bytes: 300 })).toEqual(['d90: logs older than 80d']);
  expect(await chosen(items, { ageMs: 80 * day, bytes: 200 })).toEqual([
    'd90: logs older than 80d',
    'd60: logs over 200B in all',
  ]);
});

test('what is left fits, unless it is young; and nothing stays that is older than what goes', async () => {
  const item = fc.record({
    age: fc.integer({ min: 0, max: 100 * day }),
    bytes: fc.integer({ min: 0, max: 1_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(item), fc.integer({ min: 0, max: 5_000 }), async (given, bytes) => {
      const sorted = given
        .map(({ age, bytes: size }, index) => ({ id: String(index), at: now - age, bytes: size }))
        .sort((a, b) => a.at - b.at);
      const gone = (await chosen(sorted, { ageMs: null, bytes })).length;
      const left = sorted.slice(gone);
      const size = left.reduce((sum, each) => sum + each.bytes, 0);
      expect(size <= bytes || now - (left[0]?.at ?? 0) < untouchedMs).toBe(true);
    }),
  );
});
