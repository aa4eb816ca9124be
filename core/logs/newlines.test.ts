import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { countNewlines, findNthNewline } from './newlines.ts';

/** Bytes around the newline, where four at a time could go wrong. */
const bytes = fc
  .array(fc.constantFrom(10, 10, 9, 11, 0, 138, 255, 65), { maxLength: 2_000 })
  .map((all) => Uint8Array.from(all));

test('counts what a loop counts, from any place to any other', () => {
  fc.assert(
    fc.property(bytes, fc.nat({ max: 2_000 }), fc.nat({ max: 2_000 }), (all, a, b) => {
      const [from, to] = [Math.min(a, b, all.length), Math.min(Math.max(a, b), all.length)];
      expect(countNewlines(all, from, to)).toBe(all.subarray(from, to).filter((byte) => byte === 10).length);
      expect(countNewlines(all.subarray(from, to))).toBe(countNewlines(all, from, to));
    }),
  );
});

test('counts a million newlines in a row', () => {
  expect(countNewlines(new Uint8Array(1_000_001).fill(10))).toBe(1_000_001);
});

test('finds the nth', () => {
  const text = new TextEncoder().encode('a\n\nb\n');
  expect([1, 2, 3, 4].map((nth) => findNthNewline(text, nth))).toEqual([1, 2, 4, -1]);
  expect(findNthNewline(text, 1, 3)).toBe(4);
});
