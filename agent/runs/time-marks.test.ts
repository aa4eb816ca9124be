import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createTimeMarks } from './time-marks.ts';

test('a byte has the time of the last mark before it, to 10 ms or a 20 000th of the run', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ bytes: fc.integer({ min: 1, max: 100 }), waitMs: fc.integer({ min: 0, max: 5_000 }) }),
      ),
      (writes) => {
        const marks = createTimeMarks(1_000);
        const written: { from: number; to: number; at: number }[] = [];
        let offset = 0;
        let at = 1_000;
        for (const { bytes, waitMs } of writes) {
          at += waitMs;
          marks.add(offset, at);
          written.push({ from: offset, to: offset + bytes, at });
          offset += bytes;
        }
        for (const copy of [marks, createTimeMarks(1_000, marks.toBytes())]) {
          for (const write of written) {
            const found = copy.lookUp(write.from);
            expect(Math.abs(found.at - write.at)).toBeLessThanOrEqual(
              Math.max(10, (write.at - 1_000) / 20_000),
            );
            expect(copy.lookUp(write.to - 1).until).toBeGreaterThan(write.to - 1);
          }
        }
      },
    ),
  );
});

test('a day of steady output keeps some hundred thousand marks, not one for each write', () => {
  const marks = createTimeMarks(0);
  for (let at = 0; at < 86_400_000; at += 20) marks.add(at, at);
  expect(marks.toBytes().length / 16).toBeLessThan(200_000);
});

test('a torn file is right up to the tear', () => {
  const marks = createTimeMarks(0);
  for (let at = 0; at < 1_000; at += 100) marks.add(at, at);
  const bytes = marks.toBytes();
  const torn = createTimeMarks(0, bytes.subarray(0, bytes.length - 7));
  expect(torn.lookUp(850).at).toBe(800);
  expect(torn.lookUp(950).at).toBe(800);
  expect(createTimeMarks(7, new Uint8Array([1, 2, 3])).lookUp(5).at).toBe(7);
});

test('marks of bytes that were not written are taken back', () => {
  const marks = createTimeMarks(0);
  for (let at = 0; at < 1_000; at += 100) marks.add(at, at);
  marks.cut(450);
  marks.add(450, 5_000);
  expect(marks.lookUp(449)).toEqual({ at: 400, until: 450 });
  expect(marks.lookUp(950).at).toBe(5_000);
  marks.cut(0);
  expect(marks.lookUp(5).at).toBe(0);
});
