import { expect, test } from 'bun:test';
import { fetchPages, joined, type Page, withCursor } from './fetch-pages.ts';

const keyOf = (item: number): string => String(item);
const { signal } = new AbortController();

/** Pages of three of the numbers given. */
function apiOf(numbers: readonly number[]) {
  const asked: string[] = [];
  const get = async <T>(path: string): Promise<T> => {
    asked.push(path);
    const from = Number(new URL(path, 'http://farm').searchParams.get('cursor') ?? 0);
    const next = from + 3 < numbers.length ? String(from + 3) : null;
    return { items: numbers.slice(from, from + 3), next } as T;
  };
  return { api: { get }, asked };
}

test('as many pages as are needed, and no more', async () => {
  const { api, asked } = apiOf([1, 2, 3, 4, 5, 6, 7, 8]);
  const pages = await fetchPages<number, Page<number>>(api, '/x?a=1', { least: 4, keyOf, signal });
  expect(pages).toMatchObject({ items: [1, 2, 3, 4, 5, 6], next: '6', first: { items: [1, 2, 3] } });
  expect(asked).toEqual(['/x?a=1', '/x?a=1&cursor=3']);
});

test('ends at the end', async () => {
  const { api } = apiOf([1, 2, 3, 4]);
  const pages = await fetchPages<number, Page<number>>(api, '/x', { least: 100, keyOf, signal });
  expect(pages.items).toEqual([1, 2, 3, 4]);
  expect(pages.next).toBeNull();
});

test('what moved between two pages is told once', () => {
  expect(joined([1, 2, 3], [3, 4], keyOf)).toEqual([1, 2, 3, 4]);
  expect(withCursor('/x', 'a&b')).toBe('/x?cursor=a%26b');
});
