/** Cells of text in columns, laid out as upstream's tables are, to the blank. */
import { runeCount } from '../format/byte-text.ts';

export interface GridCell {
  readonly text: string;
  readonly align: 'left' | 'right' | 'center';
  /** Columns that it covers. */
  readonly span: number;
  /** Before the text; a narrower one than its neighbours above and below is moved right. */
  readonly margin: string;
}

export type GridRow = readonly GridCell[];

interface Placed extends GridCell {
  readonly column: number;
}

/** Without blanks at the ends of lines. Only `stretchable` columns are widened for a cell that covers several. */
export function layOut(rows: readonly GridRow[], stretchable: (column: number) => boolean): string {
  const placed = rows.map(placeCells);
  const margins = marginWidths(placed.flat());
  const widths = columnWidths(placed.flat(), margins, stretchable);
  return placed.map((row) => `${renderRow(row, margins, widths)}\n`).join('');
}

function placeCells(row: GridRow): readonly Placed[] {
  let column = 0;
  return row.map((cell) => {
    const at = column;
    column += cell.span;
    return { ...cell, column: at };
  });
}

function marginWidths(cells: readonly Placed[]): readonly number[] {
  const margins: number[] = [];
  for (const { column, margin } of cells) margins[column] = Math.max(margins[column] ?? 0, runeCount(margin));
  return margins;
}

function columnWidths(
  cells: readonly Placed[],
  margins: readonly number[],
  stretchable: (column: number) => boolean,
): readonly number[] {
  const widths: number[] = [];
  const wanted = (cell: Placed) => runeCount(cell.text) + (margins[cell.column] ?? 0);
  for (const cell of cells) {
    for (let column = cell.column; column < cell.column + cell.span; column++) widths[column] ??= 0;
    if (cell.span === 1) widths[cell.column] = Math.max(widths[cell.column] ?? 0, wanted(cell));
  }
  const spanning = cells.filter((cell) => cell.span > 1).sort((a, b) => a.span - b.span);
  for (const cell of spanning) {
    const columns = Array.from({ length: cell.span }, (_, place) => cell.column + place);
    widen(widths, columns, wanted(cell), stretchable);
  }
  return widths;
}

/** The widest columns first: each gets its share of what is left, unless it has more already. */
function widen(
  widths: number[],
  columns: readonly number[],
  wanted: number,
  stretchable: (column: number) => boolean,
): void {
  const width = (column: number) => widths[column] ?? 0;
  if (columns.reduce((sum, column) => sum + width(column), 0) >= wanted) return;
  const fixed = columns.filter((column) => !stretchable(column));
  const free = columns.filter(stretchable).sort((a, b) => width(b) - width(a));
  let left = wanted - fixed.reduce((sum, column) => sum + width(column), 0);
  free.forEach((column, place) => {
    const share = Math.ceil(left / (free.length - place));
    widths[column] = Math.max(width(column), share);
    left -= width(column);
  });
}

function renderRow(row: readonly Placed[], margins: readonly number[], widths: readonly number[]): string {
  let line = '';
  for (const cell of row) {
    const margin = margins[cell.column] ?? 0;
    let width = -margin;
    for (let place = 0; place < cell.span; place++) width += widths[cell.column + place] ?? 0;
    line += cell.margin.padStart(margin - runeCount(cell.margin) + cell.margin.length);
    line += aligned(cell, width);
  }
  return line.replace(/ +$/, '');
}

/** A text that does not fit into its columns pushes the rest of the line on by twice as much, which is what upstream does. */
function aligned({ text, align }: GridCell, width: number): string {
  const room = width - runeCount(text);
  const before = align === 'left' ? 0 : align === 'right' ? room : Math.floor(room / 2);
  return `${' '.repeat(Math.abs(before))}${text}${' '.repeat(Math.abs(room - before))}`;
}
