import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createTailBuffer } from './tail-buffer.ts';

test('the end of what was put in is kept, the rest is counted', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.uint8Array({ maxLength: 120 })),
      (capacity, chunks) => {
        const buffer = createTailBuffer(capacity);
        for (const chunk of chunks) buffer.push(chunk);
        const all = Buffer.concat(chunks);
        const kept = all.subarray(Math.max(0, all.length - capacity));
        expect(buffer.dropped).toBe(all.length - kept.length);
        expect(buffer.kept).toBe(kept.length);
        expect(Buffer.from(buffer.take())).toEqual(Buffer.from(kept));
        expect(buffer.kept).toBe(0);
      },
    ),
  );
});

test('a buffer of 1 MiB that holds little takes little', () => {
  const buffer = createTailBuffer(1024 * 1024);
  buffer.push(new Uint8Array(10));
  expect(buffer.take()).toHaveLength(10);
});
