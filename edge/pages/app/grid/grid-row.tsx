// biome-ignore-all lint/a11y/useSemanticElements: a table of elements cannot be virtual in two directions, so rows and cells are placed by hand and have roles; the focus stays on the grid, which names its active cell
// biome-ignore-all lint/a11y/useFocusableInteractive: the same
import { useMemo } from 'preact/hooks';
import { shortHash } from '../parts/names.tsx';
import { StateMark, stateWord } from '../parts/state-mark.tsx';
import { buildHref, commitHref } from '../rules/route.ts';
import { formatDuration, formatExact, formatShortDuration, instantMs } from '../rules/time.ts';
import type { Span } from '../rules/virtual.ts';
import type { GridMetrics } from './grid-metrics.ts';
import type { GridCell, GridRow } from './grid-pages.ts';

export interface RowProps {
  readonly row: GridRow;
  readonly index: number;
  readonly repo: string;
  readonly builders: readonly string[];
  readonly columns: Span;
  readonly metrics: GridMetrics;
  /** Column of the active cell when it is in this row. */
  readonly active: number | null;
  readonly now: number;
}

export function cellId(row: number, column: number): string {
  return `cell-${row}-${column}`;
}

/** A row is drawn anew only when something of it changed: the same tree again costs nothing. */
export function GridRowView(props: RowProps) {
  const { row, index, repo, builders, metrics, active } = props;
  const { first, end } = props.columns;
  const age = formatShortDuration(props.now - (instantMs(row.committedAt) ?? props.now));
  return useMemo(
    () => (
      <div
        role="row"
        aria-rowindex={index + 2}
        class="grid-row"
        style={{ transform: `translateY(${index * metrics.rowPx}px)` }}
      >
        <CommitCell
          row={row}
          index={index}
          repo={repo}
          age={age}
          metrics={metrics}
          isActive={active === -1}
        />
        {builders.slice(first, end).map((builder, offset) => (
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
    [row, index, repo, builders, first, end, metrics, active, age],
  );
}

function CommitCell(props: {
  readonly row: GridRow;
  readonly index: number;
  readonly repo: string;
  readonly age: string;
  readonly metrics: GridMetrics;
  readonly isActive: boolean;
}) {
  const { row, index } = props;
  const at = instantMs(row.committedAt);
  return (
    <div
      role="rowheader"
      id={cellId(index, -1)}
      class={props.isActive ? 'grid-commit is-active' : 'grid-commit'}
      style={{ width: `${props.metrics.commitPx}px` }}
    >
      <a class="grid-subject" href={commitHref(props.repo, row.hash)} tabIndex={-1} title={row.subject}>
        {row.subject === '' ? '(no subject)' : row.subject}
      </a>
      <span class="grid-author" title={`${row.author.name} <${row.author.email}>`}>
        {row.author.name}
      </span>
      <span class="hash grid-hash" title={row.hash}>
        {shortHash(row.hash)}
      </span>
      <time
        class="grid-age"
        dateTime={row.committedAt}
        title={at === null ? row.committedAt : formatExact(at)}
      >
        {props.age}
      </time>
    </div>
  );
}

export function cellText(builder: string, cell: GridCell | null): string {
  if (cell === null) return `${builder}: no build`;
  return `${builder}: ${stateWord(cell.state)}${cell.ms === null ? '' : `, ${formatDuration(cell.ms)}`}`;
}

function BuildCell(props: {
  readonly cell: GridCell | null;
  readonly builder: string;
  readonly place: { readonly row: number; readonly column: number };
  readonly metrics: GridMetrics;
  readonly isActive: boolean;
}) {
  const { cell, builder, place, metrics } = props;
  const style = {
    left: `${metrics.commitPx + place.column * metrics.cellPx}px`,
    width: `${metrics.cellPx}px`,
  };
  return (
    <div
      role="gridcell"
      id={cellId(place.row, place.column)}
      aria-colindex={place.column + 2}
      aria-label={cell === null ? cellText(builder, cell) : undefined}
      class={props.isActive ? 'grid-cell is-active' : 'grid-cell'}
      style={style}
      data-row={place.row}
      data-column={place.column}
    >
      {cell !== null && (
        <a href={buildHref(cell.id)} tabIndex={-1} aria-label={cellText(builder, cell)} class="grid-link">
          <StateMark state={cell.state} />
          {metrics.isWide && (
            <span class="grid-took">
              {cell.ms === null ? stateWord(cell.state) : formatDuration(cell.ms)}
            </span>
          )}
        </a>
      )}
    </div>
  );
}
