import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createCorrection } from './correction.ts';
import { createSequence } from './random.ts';

const forecast = { low: 60_000, middle: 120_000, high: 240_000 };

test('a forecast that nothing is known against stands', () => {
  const { low, middle, high } = createCorrection().apply('linux', 'try', forecast);
  expect([low, middle, high].map(Math.round)).toEqual([60_000, 120_000, 240_000]);
});

test('whatever comes true, in the long run four in five lie inside and half on each side of the middle', () => {
  for (const [scale, spread] of [
    [1, 1.5],
    [3, 0.4],
    [0.3, 3],
  ] as const) {
    const random = createSequence(7);
    const correction = createCorrection();
    const seen = { inside: 0, before: 0, all: 0 };
    for (let index = 0; index < 6000; index++) {
      const actual = 120_000 * scale * Math.exp(spread * (random() + random() + random() - 1.5));
      const { low, middle, high } = correction.apply('linux', 'try', forecast);
      if (index > 1000) {
        seen.all++;
        if (low <= actual && actual <= high) seen.inside++;
        if (actual < middle) seen.before++;
      }
      correction.learn('linux', 'try', forecast, actual);
    }
    expect(Math.abs(seen.inside / seen.all - 0.8)).toBeLessThan(0.03);
    expect(Math.abs(seen.before / seen.all - 0.5)).toBeLessThan(0.03);
  }
});

test('what one class or host type learns changes no other', () => {
  const correction = createCorrection();
  for (let index = 0; index < 50; index++) correction.learn('linux', 'try', forecast, 3_600_000);
  expect(correction.apply('linux', 'try', forecast).high).toBeGreaterThan(300_000);
  expect(Math.round(correction.apply('linux', 'backfill', forecast).high)).toBe(240_000);
  expect(Math.round(correction.apply('mac', 'try', forecast).high)).toBe(240_000);
});

test('an interval stays in order whatever it learns', () => {
  const ms = fc.nat(100_000_000);
  fc.assert(
    fc.property(fc.array(fc.tuple(ms, ms, ms, ms), { maxLength: 200 }), (lessons) => {
      const correction = createCorrection();
      for (const [a, b, c, actual] of lessons) {
        const [low, middle, high] = [a, b, c].sort((x, y) => x - y) as [number, number, number];
        correction.learn('linux', 'try', { low, middle, high }, actual);
        const corrected = correction.apply('linux', 'try', { low, middle, high });
        expect(corrected.low).toBeGreaterThanOrEqual(0);
        expect(corrected.low).toBeLessThanOrEqual(corrected.middle);
        expect(corrected.middle).toBeLessThanOrEqual(corrected.high);
        expect(Number.isFinite(corrected.high)).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});
