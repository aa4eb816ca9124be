import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { formatDuration, parseDuration } from './duration.ts';

test.each([
  ['90s', 90_000],
  ['30m', 1_800_000],
  ['2h', 7_200_000],
  ['1h30m', 5_400_000],
  ['250ms', 250],
  ['1d', 86_400_000],
  [1500, 1500],
  [0, 0],
])('%p is %p ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  '',
  '90',
  '1.5h',
  '-5s',
  's',
  '5 s',
  '5sec',
  `${'9'.repeat(15)}d`,
  -1,
  1.5,
  Number.NaN,
  Infinity,
  null,
  {},
  true,
])('%p is no duration', (value) => {
  expect(parseDuration(value)).toBeNull();
});

test('what formatDuration writes, parseDuration reads back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 45 }), (ms) => {
      expect(parseDuration(formatDuration(ms))).toBe(ms);
    }),
  );
});

test('parseDuration never throws', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      const ms = parseDuration(value);
      expect(ms === null || (Number.isSafeInteger(ms) && ms >= 0)).toBe(true);
    }),
  );
});
