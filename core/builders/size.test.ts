import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { formatSize, parseSize } from './size.ts';

test.each([
  ['1GiB', 1024 ** 3],
  ['500MB', 500e6],
  ['10KiB', 10_240],
  ['7B', 7],
  [4096, 4096],
])('%p is %p bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(['', '1', '1.5GiB', '-1B', '1 GiB', '1gib', '1GI', `${'9'.repeat(16)}TiB`, -1, 0.5, null, {}])(
  '%p is no size',
  (value) => {
    expect(parseSize(value)).toBeNull();
  },
);

test('what formatSize writes, parseSize reads back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (bytes) => {
      expect(parseSize(formatSize(bytes))).toBe(bytes);
    }),
  );
});
