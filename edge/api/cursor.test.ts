import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { decodeCursor, decodeNumberCursor, encodeCursor } from './cursor.ts';

test('a cursor comes back as it was', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const text = value.toWellFormed();
      expect(decodeCursor('builds', encodeCursor('builds', text))).toBe(text);
    }),
  );
  expect(decodeCursor('builds', undefined)).toBeUndefined();
});

test('anything else is refused by name', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => decodeCursor('builds', text)).toThrow('cursor:');
    }),
  );
  expect(() => decodeCursor('builds', encodeCursor('queue', '5'))).toThrow('cursor:');
  expect(() => decodeNumberCursor('queue', encodeCursor('queue', '-1'))).toThrow('cursor:');
  expect(() => decodeNumberCursor('queue', encodeCursor('queue', '1e9'))).toThrow('cursor:');
});
