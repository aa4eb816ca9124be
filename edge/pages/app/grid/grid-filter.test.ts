import { expect, test } from 'bun:test';
import { isFiltering, matchesText, parseGlobs, rowFilter } from './grid-filter.ts';

const commit = {
  subject: 'Fix the Dial back-off',
  author: { name: 'Grace Hopper', email: 'grace@example.org' },
  hash: 'abcdef0123',
};

test('every word has to be somewhere', () => {
  expect(matchesText(commit, 'dial GRACE')).toBe(true);
  expect(matchesText(commit, 'abcdef')).toBe(true);
  expect(matchesText(commit, 'cdef')).toBe(false);
  expect(matchesText(commit, 'dial ada')).toBe(false);
  expect(matchesText(commit, '  ')).toBe(true);
});

test('a state passes when any builder has it', () => {
  const row = {
    ...commit,
    repo: 'r',
    parents: [],
    authoredAt: '',
    committedAt: '',
    cells: [null, { id: 'b', state: 'failed' as const, ms: null }],
  };
  expect(rowFilter({ state: 'failed', text: '' })(row)).toBe(true);
  expect(rowFilter({ state: 'passed', text: '' })(row)).toBe(false);
  expect(rowFilter({ state: null, text: 'nobody' })(row)).toBe(false);
});

test('globs stand apart by commas or spaces', () => {
  expect(parseGlobs(' linux-*,  *-race ')).toEqual(['linux-*', '*-race']);
  expect(parseGlobs('')).toEqual([]);
  expect(isFiltering({ state: null, text: ' ' })).toBe(false);
});
