import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { byteRange } from './byte-range.ts';

test('the forms of a range', () => {
  expect(byteRange('bytes=0-4', 10)).toEqual({ from: 0, to: 5 });
  expect(byteRange('bytes=4-', 10)).toEqual({ from: 4, to: 10 });
  expect(byteRange('bytes=-3', 10)).toEqual({ from: 7, to: 10 });
  expect(byteRange('Bytes=0-99', 10)).toEqual({ from: 0, to: 10 });
  expect(byteRange('bytes=-99', 10)).toEqual({ from: 0, to: 10 });
});

test('what can not be served, and what is passed over', () => {
  for (const header of ['bytes=10-', 'bytes=10-12', 'bytes=-0'])
    expect(byteRange(header, 10)).toBe('unsatisfiable');
  expect(byteRange('bytes=0-', 0)).toBe('unsatisfiable');
  for (const header of [null, '', 'bytes=-', 'bytes=5-4', 'lines=1-2', 'bytes=0-1,4-5', 'bytes=a-b'])
    expect([header, byteRange(header, 10)]).toEqual([header, null]);
});

test('a range is never outside of the body, whatever is asked', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.stringMatching(/^bytes=\d{0,17}-\d{0,17}$/)),
      fc.nat(),
      (header, length) => {
        const range = byteRange(header, length);
        if (range === null || range === 'unsatisfiable') return;
        expect(range.from).toBeGreaterThanOrEqual(0);
        expect(range.to).toBeLessThanOrEqual(length);
        expect(range.to).toBeGreaterThan(range.from);
      },
    ),
  );
});
