import { expect, test } from 'bun:test';
import type { Build } from '../../../api/model.ts';
import { belongs, withNews } from './build-list.ts';

function build(id: string, patch: Partial<Build> = {}): Build {
  const createdAt = `2030-01-01T00:00:0${id.at(-1)}.000Z`;
  return { id, repo: 'r', builder: 'b', commit: 'abcdef', state: 'passed', createdAt, ...patch } as Build;
}

const all = { repo: null, builder: null, commit: null, state: null };

test('news replace what they are about', () => {
  const list = [build('b3'), build('b2')];
  const changed = withNews(list, [build('b2', { state: 'failed' })], all);
  expect(changed.map((one) => [one.id, one.state])).toEqual([
    ['b3', 'passed'],
    ['b2', 'failed'],
  ]);
});

test('new builds come where they belong in time; those older than the list stay out', () => {
  const list = [build('b4'), build('b2')];
  expect(withNews(list, [build('b5'), build('b3'), build('b1')], all).map((one) => one.id)).toEqual([
    'b5',
    'b4',
    'b3',
    'b2',
  ]);
});

test('of many news about one build the last counts', () => {
  expect(withNews([], [build('b1', { state: 'waiting' }), build('b1')], all)[0]?.state).toBe('passed');
});

test('what no longer belongs leaves', () => {
  const running = { ...all, state: 'running' as const };
  const list = [build('b2', { state: 'running' })];
  expect(withNews(list, [build('b2')], running)).toEqual([]);
  expect(belongs(build('b1'), { ...all, commit: 'abc' })).toBe(true);
  expect(belongs(build('b1'), { ...all, repo: 'other' })).toBe(false);
});
