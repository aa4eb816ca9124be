// biome-ignore-all lint/a11y/useSemanticElements: a table of elements cannot be virtual in two directions, so rows and cells are placed by hand and have roles; the focus stays on the grid, which names its active cell
// biome-ignore-all lint/a11y/useFocusableInteractive: the same
/** The grid proper: commits down, builders across. Only rows and columns near the window exist. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useNow } from '../data/resource.ts';
import { useScrollWindow } from '../parts/use-scroll.ts';
import { buildHref, commitHref } from '../rules/route.ts';
import { type Span, scrollToShow, visibleSpan } from '../rules/virtual.ts';
import { GridCommit } from './grid-commit.tsx';
import { GridHead } from './grid-head.tsx';
import type { GridLoader, GridView } from './grid-loader.ts';
import { type GridMetrics, type GridPlace, gridMetrics, moveInGrid } from './grid-metrics.ts';
import { type GridPages, rowCount, rowsBetween } from './grid-pages.ts';
import { cellId, GridRowView } from './grid-row.tsx';
import { GridTip, useTip } from './grid-tip.tsx';

interface TableProps {
  readonly view: GridView;
  readonly loader: GridLoader;
  readonly repo: string;
}

export function GridTable(props: TableProps) {
  const { pages } = props.view;
  return pages === null ? null : <LoadedTable {...props} pages={pages} />;
}

function LoadedTable(props: TableProps & { readonly pages: GridPages }) {
  const { pages, loader, repo, view } = props;
  const { ref, element, window } = useScrollWindow<HTMLDivElement>();
  const metrics = useMetrics(window.widthPx, pages.builders);
  const rows = rowCount(pages);
  const shown = shownSpans(window, metrics, { rows, columns: pages.builders.length });
  useEffect(() => loader.show(shown.rows.first, shown.rows.end), [loader, shown.rows.first, shown.rows.end]);
  useHoldStill(element, view.addedInFront, metrics.rowPx);
  const keys = useGridKeys({ pages, repo, metrics, element });
  const tip = useTip();
  return (
    <div class="grid-frame">
      <div
        ref={ref}
        class={metrics.isWide ? 'grid is-wide' : 'grid'}
        role="grid"
        aria-label={`Builds of ${repo}, newest commit first`}
        aria-rowcount={pages.next === null ? rows + 1 : -1}
        aria-colcount={pages.builders.length + 1}
        aria-activedescendant={keys.place === null ? undefined : cellId(keys.place.row, keys.place.column)}
        tabIndex={0}
        onKeyDown={keys.onKeyDown}
        onFocus={keys.onFocus}
        {...tip.handlers}
      >
        <GridHead builders={pages.builders} columns={shown.columns} metrics={metrics} />
        <GridBody
          pages={pages}
          repo={repo}
          metrics={metrics}
          shown={shown}
          active={keys.place}
          hovered={tip.row}
        />
      </div>
      {view.isLoadingMore && (
        <div class="grid-more" role="status">
          Loading older commits …
        </div>
      )}
      <GridTip at={tip.at} pages={pages} />
    </div>
  );
}

/** Two panes over one another: builds that scroll both ways, and commits that stay at the left. */
function GridBody(props: {
  readonly pages: GridPages;
  readonly repo: string;
  readonly metrics: GridMetrics;
  readonly shown: { readonly rows: Span; readonly columns: Span };
  readonly active: GridPlace | null;
  readonly hovered: number | null;
}) {
  const { pages, metrics, active, hovered } = props;
  const { first, end } = props.shown.rows;
  const now = useNow(30_000);
  const rows = rowsBetween(pages, first, end);
  const height = `${rowCount(pages) * metrics.rowPx}px`;
  const stripe =
    hovered === null ? null : <div class="grid-stripe" style={{ top: `${hovered * metrics.rowPx}px` }} />;
  return (
    <div role="none" class="grid-body">
      <div role="rowgroup" class="grid-commits" style={{ height, width: `${metrics.commitPx}px` }}>
        {stripe}
        {rows.map((row, offset) => (
          <GridCommit
            key={row?.hash ?? first + offset}
            row={row}
            index={first + offset}
            rowPx={metrics.rowPx}
            repo={props.repo}
            isActive={active?.row === first + offset && active.column === -1}
            now={now}
          />
        ))}
      </div>
      <div
        role="rowgroup"
        class="grid-cells"
        style={{
          height,
          minWidth: `${pages.builders.length * metrics.cellPx}px`,
          '--cell-width': `${metrics.cellPx}px`,
        }}
      >
        {stripe}
        {rows.map((row, offset) => (
          <GridRowView
            key={row?.hash ?? first + offset}
            row={row}
            index={first + offset}
            builders={pages.builders}
            columns={props.shown.columns}
            metrics={metrics}
            active={active?.row === first + offset ? active.column : null}
          />
        ))}
      </div>
    </div>
  );
}

/** The same object while nothing changed, so that rows can be told apart by what they are given. */
function useMetrics(widthPx: number, builders: readonly string[]): GridMetrics {
  return useMemo(() => gridMetrics(widthPx, builders), [widthPx, builders]);
}

function shownSpans(
  window: { topPx: number; leftPx: number; heightPx: number; widthPx: number },
  metrics: GridMetrics,
  size: { readonly rows: number; readonly columns: number },
): { readonly rows: Span; readonly columns: Span } {
  return {
    rows: visibleSpan(
      { count: size.rows, itemPx: metrics.rowPx },
      { startPx: window.topPx, sizePx: window.heightPx },
      { overscan: 8, quantum: 4 },
    ),
    columns: visibleSpan(
      { count: size.columns, itemPx: metrics.cellPx },
      { startPx: window.leftPx, sizePx: Math.max(0, window.widthPx - metrics.commitPx) },
      { overscan: 4, quantum: 8 },
    ),
  };
}

/** New commits come in above: who looks further down keeps looking at the same ones. */
function useHoldStill(element: { current: HTMLElement | null }, added: number, rowPx: number): void {
  const before = useRef(added);
  useLayoutEffect(() => {
    const more = added - before.current;
    before.current = added;
    if (more > 0 && element.current !== null && element.current.scrollTop > rowPx / 2) {
      element.current.scrollTop += more * rowPx;
    }
  }, [added, element, rowPx]);
}

function useGridKeys(props: {
  readonly pages: GridPages;
  readonly repo: string;
  readonly metrics: GridMetrics;
  readonly element: { current: HTMLElement | null };
}) {
  const { pages, repo, metrics, element } = props;
  const [place, setPlace] = useState<GridPlace | null>(null);
  const size = { rows: rowCount(pages), columns: pages.builders.length };
  function go(next: GridPlace): void {
    setPlace(next);
    if (element.current !== null) reveal(element.current, next, metrics);
  }
  function open(): void {
    if (place === null) return;
    const row = rowsBetween(pages, place.row, place.row + 1)[0];
    if (row === null || row === undefined) return;
    const cell = row.cells[place.column] ?? null;
    if (place.column === -1) location.assign(commitHref(repo, row.hash));
    else if (cell !== null) location.assign(buildHref(cell.id));
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter') open();
    const pageRows = Math.max(
      1,
      Math.floor(((element.current?.clientHeight ?? 0) - metrics.headPx) / metrics.rowPx) - 1,
    );
    const next = moveInGrid(place ?? { row: 0, column: -1 }, event.key, { ...size, pageRows });
    if (next === null) return;
    event.preventDefault();
    go(next);
  }
  return { place, onKeyDown, onFocus: () => place === null && setPlace({ row: 0, column: -1 }) };
}

function reveal(grid: HTMLElement, place: GridPlace, metrics: GridMetrics): void {
  grid.scrollTop = scrollToShow(
    { startPx: place.row * metrics.rowPx, sizePx: metrics.rowPx },
    { startPx: grid.scrollTop, sizePx: grid.clientHeight, insetPx: metrics.headPx },
  );
  if (place.column < 0) grid.scrollLeft = 0;
  else {
    grid.scrollLeft = scrollToShow(
      { startPx: place.column * metrics.cellPx, sizePx: metrics.cellPx },
      { startPx: grid.scrollLeft, sizePx: grid.clientWidth, insetPx: metrics.commitPx },
    );
  }
}
