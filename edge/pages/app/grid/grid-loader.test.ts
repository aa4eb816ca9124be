import { expect, test } from 'bun:test';
import { FarmError } from '../../../../agent/wire/farm-error.ts';
import type { Build, Grid } from '../../../api/model.ts';
import { createGridLoader, type GridLoader } from './grid-loader.ts';
import { rowCount, rowsBetween } from './grid-pages.ts';

function row(number: number): Grid['commits'][number] {
  const at = '2030-01-01T00:00:00.000Z';
  return {
    repo: 'r',
    hash: `c${number}`,
    parents: [],
    author: { name: 'Ada', email: 'ada@example.org' },
    authoredAt: at,
    committedAt: at,
    subject: `commit ${number}`,
    cells: [{ id: 'bld_1', state: 'passed', ms: 5 }],
  };
}

/** A history, of which `added` came since the first look. A page looks at 10,000 commits when few match. */
class History {
  asked: (string | null)[] = [];
  added = 0;
  total = 10_000;
  failure: FarmError | null = null;
  matches: (number: number) => boolean = () => true;

  page = async (cursor: string | null): Promise<Grid> => {
    this.asked.push(cursor);
    if (this.failure !== null) throw this.failure;
    const from = cursor === null ? -this.added : Number(cursor);
    const commits: Grid['commits'][number][] = [];
    let end = from;
    for (; end < this.total && end < from + 10_000 && commits.length < 60; end++)
      if (this.matches(end)) commits.push(row(end));
    return {
      repo: 'r',
      branch: 'main',
      builders: ['a'],
      commits,
      looked: end - from,
      next: end < this.total ? String(end) : null,
    };
  };
}

async function settle(): Promise<void> {
  for (let round = 0; round < 200; round++) await Promise.resolve();
}

function open(history: History): GridLoader {
  return createGridLoader({
    fetchPage: history.page,
    hasChosenBuilders: false,
    onChange: () => undefined,
  });
}

test('fetches what is looked at and a little more', async () => {
  const history = new History();
  const loader = open(history);
  await settle();
  loader.show(0, 40);
  await settle();
  expect(history.asked).toEqual([null, '60']);
  loader.show(60, 100);
  await settle();
  expect(history.asked).toEqual([null, '60', '120']);
});

test('a search that finds little stops and asks', async () => {
  const history = new History();
  history.matches = (number) => number === 5_000;
  history.total = 250_000;
  const loader = open(history);
  for (let round = 0; round < 60; round++) await settle();
  expect(loader.view().isSearchPaused).toBe(true);
  expect(history.asked.length).toBeLessThan(12);
  loader.searchOlder();
  for (let round = 0; round < 60; round++) await settle();
  loader.searchOlder();
  for (let round = 0; round < 60; round++) await settle();
  const { pages } = loader.view();
  expect(pages === null ? 0 : rowCount(pages)).toBe(1);
  expect(pages?.next).toBeNull();
});

test('news of commits bring in the head', async () => {
  const history = new History();
  const loader = open(history);
  await settle();
  history.added = 2;
  loader.receive([{ type: 'commits', repo: 'r', branch: 'main', head: 'c-2', count: 2 }]);
  await settle();
  const { pages, addedInFront } = loader.view();
  expect(addedInFront).toBe(2);
  expect(pages === null ? null : rowsBetween(pages, 0, 1)[0]?.hash).toBe('c-2');
});

test('a builder that nobody has seen yet brings in the head, once', async () => {
  const history = new History();
  const loader = open(history);
  await settle();
  const build = { id: 'bld_2', commit: 'c1', builder: 'new' } as Build;
  loader.receive([
    { type: 'build', build },
    { type: 'build', build },
  ]);
  await settle();
  expect(history.asked.filter((cursor) => cursor === null)).toHaveLength(2);
});

test('a failure is shown, stops asking, and goes with the next try', async () => {
  const history = new History();
  const loader = open(history);
  await settle();
  history.failure = new FarmError('connection_lost', 'The farm cannot be reached', { blame: 'outside' });
  loader.show(0, 58);
  await settle();
  expect(loader.view().error?.code).toBe('connection_lost');
  const asked = history.asked.length;
  loader.show(0, 59);
  await settle();
  expect(history.asked.length).toBe(asked);
  history.failure = null;
  loader.retry();
  await settle();
  expect(loader.view().error).toBeNull();
  expect(history.asked.length).toBeGreaterThan(asked);
});

test('coming back to rows that were given up fetches them again', async () => {
  const history = new History();
  const loader = open(history);
  await settle();
  for (let first = 0; first < 4_000; first += 50) {
    loader.show(first, first + 40);
    await settle();
  }
  const before = loader.view().pages;
  expect(before === null ? null : rowsBetween(before, 100, 101)[0]).toBeNull();
  history.asked = [];
  loader.show(100, 140);
  await settle();
  expect(history.asked).toEqual(['60', '120']);
  const after = loader.view().pages;
  expect(after === null ? null : rowsBetween(after, 100, 101)[0]?.hash).toBe('c100');
});
