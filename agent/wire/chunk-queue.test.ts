import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createChunkQueue } from './chunk-queue.ts';

const operation = fc.oneof(
  fc.record({
    push: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.nat(255).map((value) => new Uint8Array(5_000).fill(value)),
    ),
  }),
  fc.constant('shift' as const),
  fc.constant('clear' as const),
);

test('chunks come out whole, in order, and are counted', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const queue = createChunkQueue();
      let model: Uint8Array[] = [];
      for (const step of operations) {
        if (step === 'shift') expect(queue.shift()).toEqual(model.shift());
        else if (step === 'clear') {
          queue.clear();
          model = [];
        } else {
          queue.push(step.push);
          model.push(step.push);
        }
        expect(queue.bytes).toBe(model.reduce((sum, chunk) => sum + chunk.length, 0));
      }
      for (const chunk of model) expect(queue.shift()).toEqual(chunk);
      expect(queue.shift()).toBeUndefined();
    }),
  );
});

test('a window of one-byte chunks costs a few bytes each, not an object each', () => {
  const queue = createChunkQueue();
  const one = new Uint8Array(1);
  Bun.gc(true);
  const before = process.memoryUsage().rss;
  for (let count = 0; count < 1024 * 1024; count++) queue.push(one);
  Bun.gc(true);
  expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  expect(queue.bytes).toBe(1024 * 1024);
});
