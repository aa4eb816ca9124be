/** What a mark stands for, beside the pointer's cell. Assistive technology has it in the cell's own label. */
import { useState } from 'preact/hooks';
import { StateLabel } from '../parts/state-mark.tsx';
import { formatDuration } from '../rules/time.ts';
import type { GridPlace } from './grid-metrics.ts';
import { type GridPages, rowsBetween } from './grid-pages.ts';

export interface TipPlace {
  readonly row: number;
  readonly column: number;
  /** The cell on the screen. */
  readonly box: { readonly left: number; readonly top: number; readonly bottom: number };
}

function rowOf(target: EventTarget | null): number | null {
  if (!(target instanceof Element)) return null;
  const row = target.closest<HTMLElement>('[data-row]')?.dataset['row'];
  return row === undefined ? null : Number(row);
}

function placeOf(target: EventTarget | null): TipPlace | null {
  const row = rowOf(target);
  const cell = target instanceof Element ? target.closest<HTMLElement>('[data-column]') : null;
  if (cell === null || row === null) return null;
  const { left, top, bottom } = cell.getBoundingClientRect();
  return { row, column: Number(cell.dataset['column']), box: { left, top, bottom } };
}

/** The cell and the row under the pointer. */
export function useTip() {
  const [at, setAt] = useState<TipPlace | null>(null);
  const [row, setRow] = useState<number | null>(null);
  function leave(): void {
    setAt(null);
    setRow(null);
  }
  return {
    at,
    row,
    handlers: {
      onPointerOver: (event: PointerEvent) => {
        if (event.pointerType === 'touch') return;
        setAt(placeOf(event.target));
        setRow(rowOf(event.target));
      },
      onPointerLeave: leave,
      onScroll: leave,
    },
  };
}

const tipWidthPx = 340;
const tipHeightPx = 96;

export function GridTip(props: { readonly at: TipPlace | null; readonly pages: GridPages }) {
  const { at, pages } = props;
  if (at === null) return null;
  const row = rowsBetween(pages, at.row, at.row + 1)[0];
  const cell = row?.cells[at.column] ?? null;
  if (row === null || row === undefined || cell === null) return null;
  const isBelow = at.box.bottom + tipHeightPx < innerHeight;
  const style = {
    left: `${Math.max(8, Math.min(at.box.left, innerWidth - tipWidthPx - 8))}px`,
    ...(isBelow ? { top: `${at.box.bottom + 4}px` } : { bottom: `${innerHeight - at.box.top + 4}px` }),
  };
  return (
    <div class="tip" style={style} aria-hidden="true">
      <p class="tip-head">
        <StateLabel state={cell.state} />
        {cell.ms !== null && <span class="number">{formatDuration(cell.ms)}</span>}
      </p>
      <p class="tip-builder">{pages.builders[at.column]}</p>
      <p class="tip-subject">{row.subject}</p>
    </div>
  );
}

/** The same for the keyboard: what stands under the active cell, in words below the grid. */
export function GridStatus(props: { readonly place: GridPlace | null; readonly pages: GridPages }) {
  const { place, pages } = props;
  const row = place === null ? null : rowsBetween(pages, place.row, place.row + 1)[0];
  if (place === null || row === null || row === undefined) return null;
  const builder = pages.builders[place.column];
  const cell = row.cells[place.column] ?? null;
  return (
    <p class="grid-status" aria-hidden="true">
      {builder !== undefined && (
        <>
          <StateLabel state={cell?.state ?? 'none'} />
          {cell !== null && cell.ms !== null && <span class="number">{formatDuration(cell.ms)}</span>}
          <b class="name">{builder}</b>
        </>
      )}
      <span class="name">{row.subject}</span>
    </p>
  );
}
