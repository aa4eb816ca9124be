import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { compileTerms, markRuns, matchRanges } from './match-ranges.ts';
import type { StyledRun } from './styled-line.ts';

function run(text: string, classes = ''): StyledRun {
  return { text, classes, colour: null, background: null };
}

test('plain terms are taken as they stand', () => {
  const pattern = compileTerms({ query: 'a.b(', isRegex: false, ignoreCase: false });
  expect(matchRanges('axb( a.b( A.B(', pattern)).toEqual([{ from: 5, to: 9 }]);
});

test('case counts only when it is asked for', () => {
  const pattern = compileTerms({ query: 'fail', isRegex: false, ignoreCase: true });
  expect(matchRanges('FAIL fail', pattern)).toHaveLength(2);
});

test('an expression that is none marks nothing', () => {
  expect(compileTerms({ query: '(', isRegex: true, ignoreCase: false })).toBeNull();
  expect(matchRanges('x', null)).toEqual([]);
});

test('an expression that matches nothing long ends', () => {
  const pattern = compileTerms({ query: 'x*', isRegex: true, ignoreCase: false });
  expect(matchRanges('axxb', pattern)).toEqual([{ from: 1, to: 3 }]);
});

test('marking keeps the text and its colours', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' '), minLength: 1 }), { maxLength: 6 }),
      (texts) => {
        const runs = texts.map((text, index) => run(text, index % 2 === 0 ? 'bold' : ''));
        const plain = texts.join('');
        const ranges = matchRanges(plain, /ab/gu);
        const marked = markRuns(runs, ranges);
        expect(marked.map((part) => part.text).join('')).toBe(plain);
        const lengths = marked
          .filter((part) => part.isMatch)
          .reduce((sum, part) => sum + part.text.length, 0);
        expect(lengths).toBe(ranges.length * 2);
        expect(marked.every((part) => part.text !== '')).toBe(true);
      },
    ),
  );
});
