import { expect, test } from 'bun:test';
import type { LogLine } from '../../../api/model.ts';
import { createLineCache } from './line-cache.ts';

function lines(from: number, count: number, text = 'x'): LogLine[] {
  return Array.from({ length: count }, (_, index) => ({
    number: from + index,
    offset: 0,
    at: null,
    text,
    cut: false,
  }));
}

const limits = { chunkLines: 10, maxChunks: 3, maxChars: 1_000 };

test('asks for whole chunks, and only for those it lacks', () => {
  const cache = createLineCache(limits);
  expect(cache.missing(5, 25, 1_000)).toEqual([
    { from: 1, count: 10 },
    { from: 11, count: 10 },
    { from: 21, count: 10 },
  ]);
  cache.put(lines(11, 10));
  expect(cache.missing(5, 25, 1_000)).toEqual([
    { from: 1, count: 10 },
    { from: 21, count: 10 },
  ]);
  expect(cache.get(11)?.number).toBe(11);
  expect(cache.get(10)).toBeUndefined();
});

test('an answer with fewer lines than asked for is gone on with', () => {
  const cache = createLineCache(limits);
  cache.put(lines(1, 4));
  expect(cache.missing(1, 11, 1_000)).toEqual([{ from: 5, count: 6 }]);
});

test('the last chunk is as long as the log', () => {
  const cache = createLineCache(limits);
  expect(cache.missing(1, 100, 13)).toEqual([
    { from: 1, count: 10 },
    { from: 11, count: 3 },
  ]);
  cache.put(lines(11, 3));
  cache.put(lines(1, 10));
  expect(cache.missing(1, 100, 13)).toEqual([]);
  expect(cache.missing(1, 100, 14)).toEqual([{ from: 14, count: 1 }]);
  expect(cache.missing(1, 1, 0)).toEqual([]);
});

test('gives up what was not looked at for longest', () => {
  const cache = createLineCache(limits);
  for (const from of [1, 11, 21]) cache.put(lines(from, 10));
  cache.missing(1, 5, 1_000);
  cache.put(lines(31, 10));
  expect(cache.get(1)).toBeDefined();
  expect(cache.get(11)).toBeUndefined();
  expect(cache.heldLines).toBe(30);
});

test('long lines count by their length', () => {
  const cache = createLineCache({ ...limits, maxChunks: 100 });
  for (let from = 1; from < 100; from += 10) cache.put(lines(from, 10, 'x'.repeat(40)));
  expect(cache.heldLines * 40).toBeLessThanOrEqual(1_000 + 400);
  expect(cache.get(91)).toBeDefined();
});

test('a line that grows is counted once', () => {
  const cache = createLineCache(limits);
  for (let length = 1; length < 200; length++) cache.put(lines(1, 1, 'x'.repeat(length)));
  expect(cache.heldLines).toBe(1);
  cache.clear();
  expect(cache.heldLines).toBe(0);
  expect(cache.get(1)).toBeUndefined();
});
