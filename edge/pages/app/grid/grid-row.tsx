// biome-ignore-all lint/a11y/useSemanticElements: a table of elements cannot be virtual in two directions, so rows and cells are placed by hand and have roles; the focus stays on the grid, which names its active cell
// biome-ignore-all lint/a11y/useFocusableInteractive: the same
import { useMemo } from 'preact/hooks';
import { stateWord } from '../parts/state-mark.tsx';
import { buildHref } from '../rules/route.ts';
import { formatDuration } from '../rules/time.ts';
import type { Span } from '../rules/virtual.ts';
import type { GridMetrics } from './grid-metrics.ts';
import type { GridCell, GridRow } from './grid-pages.ts';

export interface RowProps {
  readonly row: GridRow | null;
  readonly index: number;
  readonly builders: readonly string[];
  readonly columns: Span;
  readonly metrics: GridMetrics;
  /** Column of the active cell when it is in this row. */
  readonly active: number | null;
}

/** Column -1 is the commit. */
export function cellId(row: number, column: number): string {
  return `cell-${row}-${column}`;
}

/** The builds of a commit. A row is drawn anew only when something of it changed: the same tree again costs nothing. */
export function GridRowView(props: RowProps) {
  const { row, index, builders, metrics, active } = props;
  const { first, end } = props.columns;
  return useMemo(
    () => (
      <div
        role="row"
        aria-rowindex={index + 2}
        class="grid-row"
        style={{ top: `${index * metrics.rowPx}px` }}
        data-row={index}
      >
        {row !== null &&
          builders
            .slice(first, end)
            .map((builder, offset) => (
              <BuildCell
                key={builder}
                cell={row.cells[first + offset] ?? null}
                builder={builder}
                place={{ row: index, column: first + offset }}
                metrics={metrics}
                isActive={active === first + offset}
              />
            ))}
      </div>
    ),
    [row, index, builders, first, end, metrics, active],
  );
}

function cellText(builder: string, cell: GridCell | null): string {
  if (cell === null) return `${builder}: no build`;
  return `${builder}: ${stateWord(cell.state)}${cell.ms === null ? '' : `, ${formatDuration(cell.ms)}`}`;
}

/** The mark is drawn by the link's class (`marks.css`, `grid.css`). A place without a build is left out. */
function BuildCell(props: {
  readonly cell: GridCell | null;
  readonly builder: string;
  readonly place: { readonly row: number; readonly column: number };
  readonly metrics: GridMetrics;
  readonly isActive: boolean;
}) {
  const { cell, builder, place, metrics, isActive } = props;
  if (cell === null && !isActive) return null;
  const text = cellText(builder, cell);
  return (
    <div
      role="gridcell"
      id={cellId(place.row, place.column)}
      aria-colindex={place.column + 2}
      aria-label={cell === null ? text : undefined}
      aria-describedby={isActive ? cellId(place.row, -1) : undefined}
      class={isActive ? 'grid-cell is-active' : 'grid-cell'}
      style={{ left: `${place.column * metrics.cellPx}px` }}
      data-column={place.column}
    >
      {cell !== null && (
        <a class={`grid-link mark-${cell.state}`} href={buildHref(cell.id)} tabIndex={-1} aria-label={text}>
          {metrics.isWide && (cell.ms === null ? stateWord(cell.state) : formatDuration(cell.ms))}
        </a>
      )}
    </div>
  );
}
