import { expect, test } from 'bun:test';
import {
  formatBytes,
  formatCoarse,
  formatCount,
  formatDuration,
  formatExpectedStart,
  formatRelative,
  formatShortDuration,
  instantMs,
  plural,
} from './time.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

test.each([
  [-5, '0 ms'],
  [850, '850 ms'],
  [4_230, '4.2 s'],
  [9_960, '10 s'],
  [59_499, '59 s'],
  [59_600, '1m 00s'],
  [65_000, '1m 05s'],
  [3_599_999, '1h 00m'],
  [2 * hour + 5 * minute, '2h 05m'],
  [3 * day + 4 * hour, '3d 04h'],
])('a duration of %d ms reads %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [9_000, '9s'],
  [4 * minute, '4m'],
  [26 * hour, '26h'],
  [3 * day, '3d'],
])('in a narrow place %d ms read %s', (ms, text) => {
  expect(formatShortDuration(ms)).toBe(text);
});

test('instants are told from now', () => {
  const now = 1_800_000_000_000;
  expect(formatRelative(now - 500, now)).toBe('just now');
  expect(formatRelative(now - 12_400, now)).toBe('12 s ago');
  expect(formatRelative(now - 5 * minute, now)).toBe('5 min ago');
  expect(formatRelative(now + 3 * minute, now)).toBe('in 3 min');
  expect(formatRelative(now - 30 * hour, now)).toBe('30 h ago');
  expect(formatRelative(now - 5 * day, now)).toBe('5 days ago');
  expect(formatRelative(now - 90 * day, now)).toMatch(/^\d{4}-\d\d-\d\d$/);
});

test('what is no instant is null', () => {
  expect(instantMs(null)).toBeNull();
  expect(instantMs('yesterday')).toBeNull();
  expect(instantMs('1970-01-01T00:00:01.000Z')).toBe(1_000);
});

test('an expected start is an interval', () => {
  const start = (earliest: number, likely: number, latest: number): string => {
    const iso = (ms: number): string => new Date(ms).toISOString();
    return formatExpectedStart({ earliest: iso(earliest), likely: iso(likely), latest: iso(latest) }, 0);
  };
  expect(start(2 * minute, 4 * minute, 9 * minute)).toBe('in about 4 min (2–9 min)');
  expect(start(40_000, 2 * minute, 9 * minute)).toBe('in about 2 min (40 s to 9 min)');
  expect(start(0, 2 * minute, 9 * minute)).toBe('in about 2 min (within 9 min)');
  expect(start(2 * minute, 2 * minute, 2 * minute)).toBe('in about 2 min');
  expect(start(0, 0, 1_000)).toBe('any moment now');
  expect(start(-5_000, -1_000, 3 * minute)).toBe('any moment now (within 3 min)');
});

test('sizes and counts', () => {
  expect(formatBytes(0)).toBe('0 B');
  expect(formatBytes(1_536)).toBe('1.5 KiB');
  expect(formatBytes(5 * 1024 ** 3)).toBe('5.0 GiB');
  expect(formatCount(10_000_000)).toBe('10\u202f000\u202f000');
  expect(formatCount(999)).toBe('999');
  expect(plural(1, 'build')).toBe('1 build');
  expect(plural(2, 'match', 'matches')).toBe('2 matches');
  expect(formatCoarse(400)).toBe('1 s');
});
