/** Fetches the grid's pages as they come into view, keeps them fresh by events, and gives up what is far away. */
import { type FarmError, toFarmError } from '../../../../agent/wire/farm-error.ts';
import type { FarmEvent, Grid } from '../../../api/model.ts';
import {
  appendPage,
  applyBuilds,
  cursorsToRefill,
  evictFar,
  firstPage,
  type GridPages,
  lookedAt,
  markStale,
  refillPage,
  refreshHead,
  rowCount,
} from './grid-pages.ts';

export interface GridView {
  readonly pages: GridPages | null;
  readonly error: FarmError | null;
  readonly isLoadingMore: boolean;
  /** A filter looked at many commits without filling the window; the reader decides whether to go on. */
  readonly isSearchPaused: boolean;
  /** Rows that came in front since the start; the view holds still by as many. */
  readonly addedInFront: number;
}

export interface GridLoader {
  view(): GridView;
  /** Rows `first` to before `end` are looked at: fetch what is missing, and more when the end is near. */
  show(first: number, end: number): void;
  receive(events: readonly FarmEvent[]): void;
  searchOlder(): void;
  retry(): void;
  stop(): void;
}

export interface GridLoaderDeps {
  readonly fetchPage: (cursor: string | null, signal: AbortSignal) => Promise<Grid>;
  /** The columns are chosen by globs, so a builder that is not among them may not belong there. */
  readonly hasChosenBuilders: boolean;
  readonly onChange: () => void;
}

/** Commits that a search looks at for one step of the reader before it asks. */
const searchStep = 100_000;
/** Rows ahead of the window that are fetched before they are seen. */
const aheadRows = 40;
const refillsAtOnce = 2;

const emptyView: GridView = {
  pages: null,
  error: null,
  isLoadingMore: false,
  isSearchPaused: false,
  addedInFront: 0,
};

export function createGridLoader(deps: GridLoaderDeps): GridLoader {
  const stopping = new AbortController();
  const refilling = new Set<string>();
  let view = emptyView;
  let shown = { first: 0, end: 0 };
  let searchEnd = searchStep;
  let isHeadLoading = false;
  let isHeadWanted = false;

  function change(patch: Partial<GridView>): void {
    if (stopping.signal.aborted) return;
    view = { ...view, ...patch };
    deps.onChange();
  }

  function load(cursor: string | null, take: (grid: Grid) => void, end: () => void): void {
    deps
      .fetchPage(cursor, stopping.signal)
      .then(take, (caught: unknown) => {
        if (!stopping.signal.aborted) change({ error: toFarmError(caught) });
      })
      .finally(end)
      .catch((caught: unknown) => change({ error: toFarmError(caught) }));
  }

  function loadHead(): void {
    isHeadWanted = isHeadLoading;
    if (isHeadLoading) return;
    isHeadLoading = true;
    load(null, takeHead, () => {
      isHeadLoading = false;
      if (isHeadWanted) loadHead();
    });
  }

  function takeHead(grid: Grid): void {
    if (view.pages === null) {
      change({ pages: firstPage(grid), error: null });
    } else {
      const { state, added } = refreshHead(view.pages, grid);
      const addedInFront = added === null ? 0 : view.addedInFront + added;
      change({ pages: state, error: null, addedInFront });
    }
    settle();
  }

  function loadMore(): void {
    const cursor = view.pages?.next ?? null;
    if (cursor === null || view.isLoadingMore || view.error !== null) return;
    change({ isLoadingMore: true });
    load(
      cursor,
      (grid) => {
        if (view.pages !== null) change({ pages: appendPage(view.pages, cursor, grid), error: null });
      },
      () => {
        change({ isLoadingMore: false });
        settle();
      },
    );
  }

  function refill(cursor: string): void {
    if (refilling.has(cursor) || refilling.size >= refillsAtOnce) return;
    refilling.add(cursor);
    load(
      cursor,
      (grid) => {
        if (view.pages !== null) change({ pages: refillPage(view.pages, cursor, grid) });
      },
      () => {
        refilling.delete(cursor);
        settle();
      },
    );
  }

  /** Brings what is in memory into line with what is looked at. */
  function settle(): void {
    if (view.pages === null || stopping.signal.aborted || view.error !== null) return;
    const kept = evictFar(view.pages, shown.first, shown.end);
    if (kept !== view.pages) change({ pages: kept });
    for (const cursor of cursorsToRefill(kept, shown.first, shown.end)) refill(cursor);
    const isNearEnd = kept.next !== null && rowCount(kept) < shown.end + aheadRows;
    const isFiltered = rowCount(kept) < lookedAt(kept);
    const isSearchPaused = isNearEnd && isFiltered && lookedAt(kept) >= searchEnd;
    if (isSearchPaused !== view.isSearchPaused) change({ isSearchPaused });
    if (isNearEnd && !isSearchPaused) loadMore();
  }

  function receive(events: readonly FarmEvent[]): void {
    if (view.pages === null) return;
    if (events.some((event) => event.type === 'reset')) change({ pages: markStale(view.pages) });
    const builds = events.filter((event) => event.type === 'build').map((event) => event.build);
    const pages = applyBuilds(view.pages, builds);
    if (pages !== view.pages) change({ pages });
    const isNews = events.some((event) => event.type === 'commits' || event.type === 'reset');
    const isNewColumn = builds.some((build) => !pages.builders.includes(build.builder));
    if (isNews || (isNewColumn && !deps.hasChosenBuilders)) loadHead();
  }

  loadHead();
  return {
    view: () => view,
    receive,
    show(first, end) {
      if (first === shown.first && end === shown.end) return;
      // Who scrolls on wants to see more.
      if (end > shown.end && view.pages !== null) searchEnd = lookedAt(view.pages) + searchStep;
      shown = { first, end };
      settle();
    },
    searchOlder() {
      searchEnd = (view.pages === null ? 0 : lookedAt(view.pages)) + searchStep;
      settle();
    },
    retry() {
      change({ error: null });
      if (view.pages === null) loadHead();
      else settle();
    },
    stop: () => stopping.abort(),
  };
}
