import { describe, expect, test } from 'bun:test';
import type { Build, Grid } from '../../../api/model.ts';
import {
  appendPage,
  applyBuilds,
  cursorsToRefill,
  evictFar,
  firstPage,
  type GridPages,
  keptRows,
  lookedAt,
  markStale,
  refillPage,
  refreshHead,
  rowCount,
  rowsBetween,
} from './grid-pages.ts';

/** Commit `n` is older the higher `n` is. */
function grid(from: number, count: number, next: string | null, builders = ['a', 'b']): Grid {
  return {
    repo: 'r',
    branch: 'main',
    builders,
    commits: Array.from({ length: count }, (_, index) => ({
      repo: 'r',
      hash: `c${from + index}`,
      parents: [],
      author: { name: 'Ada', email: 'ada@example.org' },
      authoredAt: '2030-01-01T00:00:00.000Z',
      committedAt: '2030-01-01T00:00:00.000Z',
      subject: `commit ${from + index}`,
      cells: builders.map((builder) => ({ id: `bld_5_${builder}`, state: 'passed' as const, ms: 1 })),
    })),
    looked: count,
    next,
  };
}

function build(patch: Partial<Build>): Build {
  return {
    id: 'bld_6',
    repo: 'r',
    commit: 'c1',
    builder: 'a',
    hostType: 'h',
    state: 'running',
    class: 'post-submit',
    branch: 'main',
    trigger: 'commit',
    retryOf: null,
    requestedBy: null,
    attempts: 1,
    maxAttempts: 3,
    createdAt: '2030-01-01T00:00:00.000Z',
    startedAt: '2030-01-01T00:00:00.000Z',
    endedAt: null,
    blame: null,
    message: null,
    cancelRequestedBy: null,
    ...patch,
  };
}

function hashes(state: GridPages, first: number, end: number): (string | undefined)[] {
  return rowsBetween(state, first, end).map((row) => row?.hash);
}

/** Pages of ten commits, `c0` the newest. */
function pagesOf(count: number): GridPages {
  let state = firstPage(grid(0, 10, '10'));
  for (let page = 1; page < count; page++) {
    state = appendPage(state, String(page * 10), grid(page * 10, 10, String(page * 10 + 10)));
  }
  return state;
}

describe('pages', () => {
  test('stand one after the other', () => {
    const state = pagesOf(3);
    expect(rowCount(state)).toBe(30);
    expect(hashes(state, 9, 12)).toEqual(['c9', 'c10', 'c11']);
  });

  test('an answer to another question changes nothing', () => {
    const state = pagesOf(2);
    expect(appendPage(state, '10', grid(10, 10, '20'))).toBe(state);
  });

  test('far ones give up their rows, keep their size, and can be fetched again', () => {
    const state = pagesOf(keptRows / 10 + 20);
    const evicted = evictFar(state, keptRows + 150, keptRows + 180);
    expect(rowCount(evicted)).toBe(rowCount(state));
    expect(hashes(evicted, 0, 1)).toEqual(['c0']);
    expect(hashes(evicted, 50, 51)).toEqual([undefined]);
    expect(cursorsToRefill(evicted, 45, 65)).toEqual(['40', '50', '60']);
    const filled = refillPage(evicted, '50', grid(50, 10, '60'));
    expect(hashes(filled, 50, 51)).toEqual(['c50']);
    expect(evictFar(filled, keptRows + 150, keptRows + 180)).not.toBe(filled);
    expect(evictFar(state, 0, 30).pages.filter((page) => page.rows !== null).length).toBeLessThan(
      keptRows / 10 + 6,
    );
  });

  test('nothing to give up is the same state', () => {
    const state = pagesOf(3);
    expect(evictFar(state, 0, 30)).toBe(state);
  });

  test('after a gap everything but the first page is fetched again when seen, and shown until then', () => {
    const state = markStale(pagesOf(3));
    expect(hashes(state, 15, 16)).toEqual(['c15']);
    expect(cursorsToRefill(state, 0, 15)).toEqual(['10']);
  });

  test('what a search looked at counts, found or not', () => {
    const state = appendPage(firstPage({ ...grid(0, 2, '10'), looked: 10 }), '10', grid(10, 3, null));
    expect([rowCount(state), lookedAt(state)]).toEqual([5, 13]);
  });

  test('a page that is fetched again never shows what another page has', () => {
    const state = appendPage(firstPage(grid(0, 10, '10')), '10', grid(10, 10, '20'));
    const more = appendPage(state, '20', grid(20, 10, null));
    const again = refillPage(more, '10', grid(11, 12, '23'));
    expect(rowCount(again)).toBe(29);
    expect(hashes(again, 18, 21)).toEqual(['c19', 'c20', 'c21']);
  });

  test('columns of an older configuration come after those of today', () => {
    const state = appendPage(firstPage(grid(0, 2, '2')), '2', grid(2, 2, null, ['b', 'old']));
    expect(state.builders).toEqual(['a', 'b', 'old']);
    const [, , older] = rowsBetween(state, 0, 4);
    expect(older?.cells.map((cell) => cell?.id ?? null)).toEqual([null, 'bld_5_b', 'bld_5_old']);
  });
});

describe('news', () => {
  test('newer commits come in front, and the view is told by how much', () => {
    const { state, added } = refreshHead(pagesOf(2), grid(-3, 10, '7'));
    expect(added).toBe(3);
    expect(hashes(state, 0, 5)).toEqual(['c-3', 'c-2', 'c-1', 'c0', 'c1']);
    expect(rowCount(state)).toBe(23);
    expect(state.head).toBe('c-3');
  });

  test('rewritten history starts over', () => {
    const { state, added } = refreshHead(pagesOf(2), grid(500, 10, '510'));
    expect(added).toBeNull();
    expect(rowCount(state)).toBe(10);
  });

  test('nothing new changes only cells', () => {
    const { state, added } = refreshHead(pagesOf(2), grid(0, 10, '10'));
    expect(added).toBe(0);
    expect(rowCount(state)).toBe(20);
  });
});

describe('builds', () => {
  test('go into their cell, and leave other rows the same objects', () => {
    const state = pagesOf(1);
    const next = applyBuilds(state, [build({})]);
    expect(rowsBetween(next, 1, 2)[0]?.cells[0]).toEqual({ id: 'bld_6', state: 'running', ms: null });
    expect(rowsBetween(next, 0, 1)[0]).toBe(rowsBetween(state, 0, 1)[0]);
  });

  test('an older build of the same commit and builder hides nothing', () => {
    const state = applyBuilds(pagesOf(1), [build({ id: 'bld_4' })]);
    expect(rowsBetween(state, 1, 2)[0]?.cells[0]?.id).toBe('bld_5_a');
  });

  test('the duration is from start to end', () => {
    const ended = build({ state: 'failed', endedAt: '2030-01-01T00:01:00.000Z' });
    expect(rowsBetween(applyBuilds(pagesOf(1), [ended]), 1, 2)[0]?.cells[0]?.ms).toBe(60_000);
  });

  test('of other commits and other builders change nothing', () => {
    const state = pagesOf(1);
    expect(applyBuilds(state, [build({ commit: 'elsewhere' })])).toBe(state);
    const unknown = applyBuilds(state, [build({ builder: 'z' })]);
    expect(rowsBetween(unknown, 1, 2)[0]).toBe(rowsBetween(state, 1, 2)[0]);
  });
});
