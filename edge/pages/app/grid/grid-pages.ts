/**
 * The part of the grid that is in memory: pages in the order of their cursors. Pages far from the window give up their rows and keep
 * their size, so that a history of any length costs the same; coming back fetches them by the same cursor.
 */
import type { Build, Grid } from '../../../api/model.ts';

export type GridRow = Grid['commits'][number];
export type GridCell = NonNullable<GridRow['cells'][number]>;

interface GridPage {
  readonly cursor: string | null;
  /** Null when given up. */
  readonly rows: readonly GridRow[] | null;
  readonly count: number;
  /** Commits that the server looked at for it, the ones that a filter left out included. */
  readonly looked: number;
  /** Shown, but to be fetched again. */
  readonly stale: boolean;
}

export interface GridPages {
  readonly builders: readonly string[];
  readonly pages: readonly GridPage[];
  /** Cursor of the page that follows; null at the end of history. */
  readonly next: string | null;
  /** Newest commit shown. */
  readonly head: string | null;
}

/** Rows kept in memory around the window. */
export const keptRows = 1_500;
/** A head page that grew beyond this is fetched anew. */
const largestHead = 1_000;

function pageOf(grid: Grid, cursor: string | null, builders: readonly string[]): GridPage {
  const rows = grid.commits.map((row) => inColumns(row, grid.builders, builders));
  return { cursor, rows, count: rows.length, looked: grid.looked, stale: false };
}

/** Cells in the order of our columns; a page fetched under an older configuration may have others. */
function inColumns(row: GridRow, from: readonly string[], to: readonly string[]): GridRow {
  if (from.length <= to.length && from.every((name, index) => to[index] === name)) return row;
  const cells = to.map((name) => row.cells[from.indexOf(name)] ?? null);
  return { ...row, cells };
}

function withColumns(known: readonly string[], more: readonly string[]): readonly string[] {
  const added = more.filter((name) => !known.includes(name));
  return added.length === 0 ? known : [...known, ...added];
}

export function firstPage(grid: Grid): GridPages {
  return {
    builders: grid.builders,
    pages: [pageOf(grid, null, grid.builders)],
    next: grid.next,
    head: grid.commits[0]?.hash ?? null,
  };
}

/** Adds the page that `state.next` asked for; an answer to another question changes nothing. */
export function appendPage(state: GridPages, cursor: string, grid: Grid): GridPages {
  if (state.next !== cursor) return state;
  const builders = withColumns(state.builders, grid.builders);
  return {
    ...state,
    builders,
    pages: [...state.pages, pageOf(grid, cursor, builders)],
    next: grid.next,
  };
}

/** Puts rows back into a page that had given them up or was stale. */
export function refillPage(state: GridPages, cursor: string, grid: Grid): GridPages {
  const builders = withColumns(state.builders, grid.builders);
  const elsewhere = new Set(
    state.pages.flatMap((page) => (page.cursor === cursor ? [] : (page.rows ?? []).map((row) => row.hash))),
  );
  // A search whose builds changed meanwhile may end further down than it did, where the next page has begun.
  const own = { ...grid, commits: grid.commits.filter((row) => !elsewhere.has(row.hash)) };
  const pages = state.pages.map((page) => (page.cursor === cursor ? pageOf(own, cursor, builders) : page));
  return { ...state, builders, pages };
}

/**
 * Takes a fresh first page: newer commits go in front, known rows get their newest cells. `added` tells how many rows came in front,
 * so that the view can hold still. History that was rewritten, or too much news, starts over (`added` null).
 */
export function refreshHead(
  state: GridPages,
  grid: Grid,
): { readonly state: GridPages; readonly added: number | null } {
  const known = grid.commits.findIndex((row) => row.hash === state.head);
  const head = state.pages[0];
  if (known === -1 || head?.rows == null || head.count > largestHead) {
    return { state: firstPage(grid), added: null };
  }
  const builders = withColumns(state.builders, grid.builders);
  const fresh = grid.commits.map((row) => inColumns(row, grid.builders, builders));
  const byHash = new Map(fresh.map((row) => [row.hash, row]));
  const added = fresh.slice(0, known);
  const rows = [...added, ...head.rows.map((row) => byHash.get(row.hash) ?? row)];
  const first = { ...head, rows, count: rows.length, looked: head.looked + known };
  const newest = fresh[0]?.hash ?? state.head;
  return {
    state: { ...state, builders, pages: [first, ...state.pages.slice(1)], head: newest },
    added: added.length,
  };
}

/** After a gap in the events: what is shown stays, and is fetched again when looked at. */
export function markStale(state: GridPages): GridPages {
  const pages = state.pages.map((page, index) => (index === 0 ? page : { ...page, stale: true }));
  return { ...state, pages };
}

export function rowCount(state: GridPages): number {
  return state.pages.reduce((sum, page) => sum + page.count, 0);
}

export function lookedAt(state: GridPages): number {
  return state.pages.reduce((sum, page) => sum + page.looked, 0);
}

/** Rows `first` to before `end`; null where a page has given them up. */
export function rowsBetween(state: GridPages, first: number, end: number): readonly (GridRow | null)[] {
  const rows: (GridRow | null)[] = [];
  let start = 0;
  for (const page of state.pages) {
    for (let at = Math.max(first, start); at < Math.min(end, start + page.count); at++) {
      rows.push(page.rows?.[at - start] ?? null);
    }
    start += page.count;
    if (start >= end) break;
  }
  return rows;
}

/** Cursors of pages that have to be fetched (again) to show these rows. The first page is never among them. */
export function cursorsToRefill(state: GridPages, first: number, end: number): readonly string[] {
  const cursors: string[] = [];
  let start = 0;
  for (const page of state.pages) {
    const touches = start < end && start + page.count > first;
    if (touches && page.cursor !== null && (page.rows === null || page.stale)) cursors.push(page.cursor);
    start += page.count;
  }
  return cursors;
}

/** Gives up rows of pages that are further than `keptRows` from the window. Same state when there is nothing to give up. */
export function evictFar(state: GridPages, first: number, end: number): GridPages {
  let start = 0;
  let changed = false;
  const pages = state.pages.map((page, index) => {
    const isFar = start > end + keptRows || start + page.count < first - keptRows;
    start += page.count;
    if (!isFar || index === 0 || page.rows === null) return page;
    changed = true;
    return { ...page, rows: null };
  });
  return changed ? { ...state, pages } : state;
}

function cellOf(build: Build): GridCell {
  const started = build.startedAt === null ? null : Date.parse(build.startedAt);
  const ended = build.endedAt === null ? null : Date.parse(build.endedAt);
  return {
    id: build.id,
    state: build.state,
    ms: started === null || ended === null ? null : ended - started,
  };
}

/** Ids are ordered by time: an older build of the same commit and builder never hides a newer one. */
function withBuild(row: GridRow, column: number, build: Build): GridRow {
  const old = row.cells[column] ?? null;
  if (old !== null && old.id > build.id) return row;
  const cells = [...row.cells];
  while (cells.length <= column) cells.push(null);
  cells[column] = cellOf(build);
  return { ...row, cells };
}

/** Puts builds that changed into their cells. Rows that did not change stay the same objects. */
export function applyBuilds(state: GridPages, builds: readonly Build[]): GridPages {
  const byCommit = Map.groupBy(builds, (build) => build.commit);
  let changed = false;
  const pages = state.pages.map((page) => {
    if (page.rows === null || !page.rows.some((row) => byCommit.has(row.hash))) return page;
    const rows = page.rows.map((row) =>
      (byCommit.get(row.hash) ?? []).reduce((current, build) => {
        const column = state.builders.indexOf(build.builder);
        return column === -1 ? current : withBuild(current, column, build);
      }, row),
    );
    changed = true;
    return { ...page, rows };
  });
  return changed ? { ...state, pages } : state;
}
