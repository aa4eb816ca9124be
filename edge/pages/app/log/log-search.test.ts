import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { findNext, findPrevious, type SearchFrom } from './log-search.ts';

/** A log of `total` lines that matches at the lines given; looks at `budget` lines for one answer. */
function searchOf(matching: readonly number[], total: number, budget: number) {
  const asked: number[] = [];
  const search: SearchFrom = async (from, limit) => {
    asked.push(from);
    const end = Math.min(total + 1, from + budget);
    const found = matching.filter((line) => line >= from && line < end).slice(0, limit);
    const last = found.length === limit ? (found.at(-1) ?? end) + 1 : end;
    return {
      matches: found.map((number) => ({
        line: { number, offset: 0, at: null, text: '', cut: false },
        from: 0,
        to: 1,
      })),
      next: last > total ? null : last,
    };
  };
  return { search, asked };
}

test('next and previous are what a person would find', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 1, max: 30_000 }), { maxLength: 40 }),
      fc.integer({ min: 1, max: 30_001 }),
      fc.integer({ min: 500, max: 9_000 }),
      async (places, from, budget) => {
        const matching = places.toSorted((a, b) => a - b);
        const { search } = searchOf(matching, 30_000, budget);
        const next = await findNext(search, from);
        expect(next?.line.number).toBe(matching.find((line) => line >= from));
        const previous = await findPrevious(search, from);
        expect(previous?.line.number).toBe(matching.findLast((line) => line < from));
      },
    ),
    { numRuns: 60 },
  );
});

test('a near match costs one question, a far one few', async () => {
  const near = searchOf([9_999_990], 10_000_000, 1_000_000);
  expect((await findPrevious(near.search, 10_000_000))?.line.number).toBe(9_999_990);
  expect(near.asked).toHaveLength(1);
  const far = searchOf([3], 10_000_000, 1_000_000);
  expect((await findPrevious(far.search, 10_000_000))?.line.number).toBe(3);
  expect(far.asked.length).toBeLessThan(25);
});

test('a server that goes nowhere ends the search', async () => {
  expect(await findNext(async (from) => ({ matches: [], next: from }), 5)).toBeNull();
});
