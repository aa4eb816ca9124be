import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { LogLine } from '../../../api/model.ts';
import { createLogTail, liveLineChars } from './log-tail.ts';

function feed(pieces: readonly string[]): { lines: Map<number, LogLine>; count: number } {
  const tail = createLogTail({ line: 1, offset: 0 }, 1_000);
  const lines = new Map<number, LogLine>();
  for (const text of pieces) {
    const changed = tail.push({ offset: tail.offset, text }, tail.offset + text.length);
    for (const line of changed ?? []) lines.set(line.number, line);
  }
  return { lines, count: tail.lines };
}

test('any cut of the text gives the same lines', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '\n', ' ') })), (pieces) => {
      const text = pieces.join('');
      const wanted = text.split('\n');
      if (wanted.at(-1) === '') wanted.pop();
      const { lines, count } = feed(pieces);
      expect(count).toBe(wanted.length);
      expect(wanted.map((_, index) => lines.get(index + 1)?.text)).toEqual(wanted);
    }),
  );
});

test('goes on with an unfinished line', () => {
  const tail = createLogTail({ line: 41, offset: 900 }, 100);
  expect(tail.lines).toBe(40);
  expect(tail.push({ offset: 900, text: 'be' }, 902)?.map((line) => [line.number, line.text])).toEqual([
    [41, 'be'],
  ]);
  expect(tail.push({ offset: 902, text: 'gun\nnext' }, 910)?.map((line) => [line.number, line.text])).toEqual(
    [
      [41, 'begun'],
      [42, 'next'],
    ],
  );
  expect(tail.lines).toBe(42);
});

test('a gap is noticed', () => {
  const tail = createLogTail({ line: 1, offset: 0 }, 100);
  tail.push({ offset: 0, text: 'a\n' }, 2);
  expect(tail.push({ offset: 5, text: 'b\n' }, 7)).toBeNull();
  expect(tail.offset).toBe(2);
});

test('a flood keeps the newest lines, and counts all', () => {
  const tail = createLogTail({ line: 1, offset: 0 }, 10);
  const text = 'x\n'.repeat(5_000);
  const changed = tail.push({ offset: 0, text }, text.length);
  expect(changed?.map((line) => line.number)).toEqual(
    Array.from({ length: 10 }, (_, index) => 4_991 + index),
  );
  expect(tail.lines).toBe(5_000);
});

test('a line without an end does not grow without bound', () => {
  const tail = createLogTail({ line: 1, offset: 0 }, 10);
  const text = 'x'.repeat(10_000);
  let newest: LogLine | undefined;
  for (let piece = 0; piece < 50; piece++) {
    newest = tail.push({ offset: tail.offset, text }, tail.offset + text.length)?.[0];
  }
  expect(newest?.text.length).toBe(liveLineChars);
  expect(newest?.cut).toBe(true);
  expect(tail.lines).toBe(1);
});
