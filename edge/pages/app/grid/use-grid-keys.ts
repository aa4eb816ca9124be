/** The keyboard in the grid, and what has to stay where it is while commits come in. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { buildHref, commitHref } from '../rules/route.ts';
import { scrollToShow } from '../rules/virtual.ts';
import { type GridMetrics, type GridPlace, moveInGrid } from './grid-metrics.ts';
import { type GridPages, rowCount, rowsBetween } from './grid-pages.ts';

/** New commits come in above: who looks further down keeps looking at the same ones. */
export function useHoldStill(element: { current: HTMLElement | null }, added: number, rowPx: number): void {
  const before = useRef(added);
  useLayoutEffect(() => {
    const more = added - before.current;
    before.current = added;
    if (more > 0 && element.current !== null && element.current.scrollTop > rowPx / 2) {
      element.current.scrollTop += more * rowPx;
    }
  }, [added, element, rowPx]);
}

export function useGridKeys(props: {
  readonly pages: GridPages;
  readonly repo: string;
  readonly metrics: GridMetrics;
  readonly element: { current: HTMLElement | null };
  /** Rows that came in front since the start: the place stays with its commit. */
  readonly added: number;
}) {
  const { pages, repo, metrics, element, added } = props;
  const [held, setHeld] = useState<(GridPlace & { readonly added: number }) | null>(null);
  const place = held === null ? null : { row: held.row + added - held.added, column: held.column };
  const size = { rows: rowCount(pages), columns: pages.builders.length };
  function go(next: GridPlace): void {
    setHeld({ ...next, added });
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
  return { place, onKeyDown, onFocus: () => place === null && setHeld({ row: 0, column: -1, added }) };
}

/** What is said about the active cell lies over the lowest rows. */
const statusPx = 48;

function reveal(grid: HTMLElement, place: GridPlace, metrics: GridMetrics): void {
  grid.scrollTop = scrollToShow(
    { startPx: place.row * metrics.rowPx, sizePx: metrics.rowPx },
    { startPx: grid.scrollTop, sizePx: grid.clientHeight - statusPx, insetPx: metrics.headPx },
  );
  if (place.column < 0) grid.scrollLeft = 0;
  else {
    grid.scrollLeft = scrollToShow(
      { startPx: place.column * metrics.cellPx, sizePx: metrics.cellPx },
      { startPx: grid.scrollLeft, sizePx: grid.clientWidth, insetPx: metrics.commitPx },
    );
  }
}
