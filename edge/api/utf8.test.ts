import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { wholeCharacters } from './utf8.ts';

test('cut anywhere, the pieces decode to the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat({ max: 400 }), (text, cut) => {
      const bytes = new TextEncoder().encode(text.toWellFormed());
      const whole = wholeCharacters(bytes.subarray(0, cut));
      expect(Math.min(cut, bytes.length) - whole).toBeLessThan(4);
      const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
      expect(decoder.decode(bytes.subarray(0, whole)) + decoder.decode(bytes.subarray(whole))).toBe(
        text.toWellFormed(),
      );
    }),
  );
});

test('bytes that are no UTF-8 are not held back for ever', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const held = bytes.length - wholeCharacters(bytes);
      expect(held).toBeLessThan(4);
      if (held > 0) expect(bytes[bytes.length - held]).toBeGreaterThanOrEqual(0xc0);
    }),
  );
  expect(wholeCharacters(new Uint8Array([0x80, 0x80, 0x80, 0x80]))).toBe(4);
});
