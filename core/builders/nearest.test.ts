import { expect, test } from 'bun:test';
import { editDistance, nearest } from './nearest.ts';

const fields = ['steps', 'env', 'timeout', 'silence', 'hostType'];

test.each([
  ['step', 'steps'],
  ['stpes', 'steps'],
  ['timout', 'timeout'],
  ['hosttype', 'hostType'],
  ['host_type', 'hostType'],
  ['en', 'env'],
  ['banana', null],
  ['', null],
])('%s: %p', (word, expected) => {
  expect(nearest(word, fields)).toBe(expected);
});

test('a swap of neighbours is one edit', () => {
  expect(editDistance('abcd', 'abdc')).toBe(1);
  expect(editDistance('', 'abc')).toBe(3);
  expect(editDistance('kitten', 'sitting')).toBe(3);
});
