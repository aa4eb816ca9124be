import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createIdSource } from './ids.ts';

test('ids are in the order in which they were asked for, whatever the clock does', () => {
  const times = fc.array(fc.nat({ max: 2 ** 45 }), { minLength: 2, maxLength: 50 });
  fc.assert(
    fc.property(times, fc.nat({ max: 255 }), (readings, byte) => {
      let at = 0;
      const randomness = { bytes: (count: number) => new Uint8Array(count).fill(byte), fraction: () => 0 };
      const ids = createIdSource({ now: () => readings[at++] ?? 0, randomness });
      const made = readings.map(() => ids.next('bld'));
      expect(made.toSorted()).toEqual(made);
      expect(new Set(made).size).toBe(made.length);
      for (const id of made) expect(id).toMatch(/^bld_[0-9a-hjkmnp-tv-z]{20}$/);
    }),
  );
});
