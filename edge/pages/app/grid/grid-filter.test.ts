import { expect, test } from 'bun:test';
import { isFiltering, parseGlobs } from './grid-filter.ts';

test('globs stand apart by commas or spaces', () => {
  expect(parseGlobs(' linux-*,  *-race ')).toEqual(['linux-*', '*-race']);
  expect(parseGlobs('')).toEqual([]);
  expect(isFiltering({ state: null, text: ' ' })).toBe(false);
});
