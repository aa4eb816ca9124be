import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { textMatcher } from './grid-search.ts';

const commit = {
  subject: 'Fix the Dial back-off',
  author: { name: 'Grace Hopper Åström', email: 'grace@example.org' },
  hash: 'abcdef0123',
};

test('every word has to be somewhere', () => {
  for (const text of ['dial GRACE', 'abcdef', '  ', 'åström', 'ÅSTRÖM fix'])
    expect(textMatcher(text)(commit)).toBe(true);
  for (const text of ['cdef', 'dial ada']) expect(textMatcher(text)(commit)).toBe(false);
});

test('any words of a commit find it, whatever they are', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (subject, name) => {
      const line = { ...commit, subject, author: { name, email: '' } };
      expect(textMatcher(`${subject} ${name}`)(line)).toBe(true);
    }),
  );
});
