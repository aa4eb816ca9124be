/** Cursor pages, one after the other. */
import type { Api } from './api.ts';

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export interface Pages<T, P> {
  readonly items: readonly T[];
  /** The first page, for what stands in it beside the items. */
  readonly first: P;
  readonly next: string | null;
}

export function withCursor(path: string, cursor: string | null): string {
  if (cursor === null) return path;
  return `${path}${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`;
}

/** A list that moved between two questions may tell an item twice: the first place counts. */
export function joined<T>(items: readonly T[], more: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const known = new Set(items.map(keyOf));
  return [...items, ...more.filter((item) => !known.has(keyOf(item)))];
}

/** Pages from the start on, until there are `least` items or no more. */
export async function fetchPages<T, P extends Page<T>>(
  api: Pick<Api, 'get'>,
  path: string,
  options: { readonly least: number; readonly keyOf: (item: T) => string; readonly signal: AbortSignal },
): Promise<Pages<T, P>> {
  const first = await api.get<P>(path, options.signal);
  let { items, next }: Page<T> = first;
  while (next !== null && items.length < options.least) {
    const page: P = await api.get<P>(withCursor(path, next), options.signal);
    items = joined(items, page.items, options.keyOf);
    next = page.next;
  }
  return { items, first, next };
}
