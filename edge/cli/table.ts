import { oneLine } from './escapes.ts';
import { type Colour, paint, type Terminal } from './terminal.ts';

export interface Column<T> {
  readonly title: string;
  readonly text: (row: T) => string;
  readonly colour?: (row: T) => Colour | undefined;
  readonly align?: 'left' | 'right';
  /** Gives way first when the terminal is narrow; the least number of columns it keeps. */
  readonly shrinkTo?: number;
}

const gap = '  ';

/** A table that fits the terminal; elsewhere every cell is written in full. */
export function formatTable<T>(
  terminal: Terminal,
  columns: readonly Column<T>[],
  rows: readonly T[],
): string {
  const cells = rows.map((row) => columns.map((column) => oneLine(column.text(row))));
  const natural = columns.map((column, index) =>
    Math.max(Bun.stringWidth(column.title), ...cells.map((line) => Bun.stringWidth(line[index] ?? ''))),
  );
  const widths = terminal.interactive ? fitWidths(columns, natural, terminal.width) : natural;
  const head = columns.map((column, index) => pad(column.title, widths[index] ?? 0, column.align));
  const lines = [paint(terminal, 'grey', joinCells(head))];
  rows.forEach((row, line) => {
    lines.push(
      joinCells(columns.map((column, index) => cell(row, column, cells[line]?.[index], widths[index]))),
    );
  });
  return `${lines.join('\n')}\n`;

  function cell(row: T, column: Column<T>, text = '', width = 0): string {
    const shown = pad(text, width, column.align);
    const colour = column.colour?.(row);
    return colour === undefined ? shown : paint(terminal, colour, shown);
  }
}

function joinCells(cells: readonly string[]): string {
  return cells.join(gap).trimEnd();
}

/** Takes the missing columns from those that may shrink, the widest first. */
export function fitWidths<T>(
  columns: readonly Column<T>[],
  natural: readonly number[],
  available: number,
): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, width) => sum + width, 0) + gap.length * (widths.length - 1) - available;
  while (excess > 0) {
    let widest = -1;
    columns.forEach((column, index) => {
      const width = widths[index] ?? 0;
      if (column.shrinkTo === undefined || width <= column.shrinkTo) return;
      if (widest === -1 || width > (widths[widest] ?? 0)) widest = index;
    });
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess -= 1;
  }
  return widths;
}

function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const shown = cut(text, width);
  const space = ' '.repeat(Math.max(0, width - Bun.stringWidth(shown)));
  return align === 'right' ? space + shown : shown + space;
}

/** At most `width` columns, an ellipsis where something was left out. */
export function cut(text: string, width: number): string {
  if (Bun.stringWidth(text) <= width) return text;
  let shown = '';
  let used = 0;
  for (const character of text) {
    const next = Bun.stringWidth(character);
    if (used + next > width - 1) break;
    shown += character;
    used += next;
  }
  return `${shown}…`;
}
