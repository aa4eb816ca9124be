import { expect, test } from 'bun:test';
import { clockTime, count, list, ordinal, span } from './words.ts';

test('numbers, lists and spans read like a sentence', () => {
  expect([count(1, 'machine'), count(3, 'machine')]).toEqual(['1 machine', '3 machines']);
  expect([['a'], ['a', 'b'], ['a', 'b', 'c'], ['a', 'b', 'c', 'd', 'e']].map((names) => list(names))).toEqual(
    ['a', 'a and b', 'a, b and c', 'a, b, c and 2 more'],
  );
  const minute = 60_000;
  expect([-5, 1400, 99_000, 5 * minute, 150 * minute, 72 * 60 * minute].map(span)).toEqual([
    '0 s',
    '1 s',
    '99 s',
    '5 min',
    '3 h',
    '3 days',
  ]);
  expect([1, 2, 3, 4, 11, 12, 13, 22, 111].map(ordinal).join(' ')).toBe(
    '1st 2nd 3rd 4th 11th 12th 13th 22nd 111th',
  );
});

test('a time of another day is told with its date', () => {
  const at = Date.UTC(2026, 6, 14, 10, 2);
  expect(clockTime(at, at + 1000)).toBe('10:02 UTC');
  expect(clockTime(at, at + 86_400_000)).toBe('2026-07-14 10:02 UTC');
});
