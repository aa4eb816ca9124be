import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createByteReader, createByteWriter } from './byte-coder.ts';

const item = fc.oneof(
  fc.record({ kind: fc.constant('varint' as const), value: fc.maxSafeNat() }),
  fc.record({ kind: fc.constant('signed' as const), value: fc.integer({ min: -(2 ** 51), max: 2 ** 51 }) }),
  fc.record({ kind: fc.constant('uint32' as const), value: fc.integer({ min: 0, max: 2 ** 32 - 1 }) }),
);

test('what was written is read back', () => {
  fc.assert(
    fc.property(fc.array(item), fc.uint8Array(), (items, tail) => {
      const writer = createByteWriter();
      for (const { kind, value } of items) writer[kind](value);
      writer.bytes(tail);
      const reader = createByteReader(writer.done());
      for (const { kind, value } of items) expect(reader[kind]()).toBe(value);
      expect(reader.bytes(tail.length)).toEqual(tail);
      expect(reader.left).toBe(0);
    }),
  );
});

test('bytes that are no numbers are refused', () => {
  const read =
    (...bytes: number[]) =>
    () =>
      createByteReader(Uint8Array.from(bytes)).varint();
  expect(read()).toThrow(RangeError);
  expect(read(128)).toThrow(RangeError);
  expect(read(255, 255, 255, 255, 255, 255, 255, 255, 1)).toThrow(RangeError);
  expect(read(255, 255, 255, 255, 255, 255, 255, 31)).toThrow(RangeError);
  expect(read(255, 255, 255, 255, 255, 255, 255, 15)()).toBe(Number.MAX_SAFE_INTEGER);
  expect(() => createByteReader(new Uint8Array(3)).uint32()).toThrow(RangeError);
});
