/** Sizes of the grid. With few builders each cell has room for its duration; with many it is a mark. */
export interface GridMetrics {
  readonly rowPx: number;
  readonly headPx: number;
  readonly commitPx: number;
  readonly cellPx: number;
  readonly isWide: boolean;
}

const rowPx = 30;
const narrowCellPx = 28;
const wideCellPx = 104;
const widestCellPx = 168;
const widestCommitPx = 860;

/** Height of names that stand upright, by the longest; a longer one is cut. */
function uprightPx(names: readonly string[]): number {
  const longest = names.reduce((most, name) => Math.max(most, name.length), 0);
  return Math.max(64, Math.min(148, longest * 7.2 + 16));
}

export function gridMetrics(widthPx: number, names: readonly string[]): GridMetrics {
  const builders = names.length;
  const leastCommitPx = Math.round(Math.min(460, Math.max(260, widthPx * 0.38)));
  const roomPx = Math.max(0, widthPx - leastCommitPx);
  const isWide = builders > 0 && builders * wideCellPx <= roomPx;
  const cellPx = isWide ? Math.min(widestCellPx, Math.floor(roomPx / builders)) : narrowCellPx;
  // What the builders leave free is for subjects.
  const commitPx = Math.max(leastCommitPx, Math.min(widestCommitPx, widthPx - builders * cellPx));
  return { rowPx, headPx: isWide ? 34 : uprightPx(names), commitPx, cellPx, isWide };
}

/** A cell: column -1 is the commit itself. */
export interface GridPlace {
  readonly row: number;
  readonly column: number;
}

/** Where a key leads; null when it is none of the grid's. */
export function moveInGrid(
  place: GridPlace,
  key: string,
  size: { readonly rows: number; readonly columns: number; readonly pageRows: number },
): GridPlace | null {
  const { row, column } = place;
  const moves: Readonly<Record<string, GridPlace>> = {
    ArrowUp: { row: row - 1, column },
    ArrowDown: { row: row + 1, column },
    ArrowLeft: { row, column: column - 1 },
    ArrowRight: { row, column: column + 1 },
    PageUp: { row: row - size.pageRows, column },
    PageDown: { row: row + size.pageRows, column },
    Home: { row, column: -1 },
    End: { row, column: size.columns - 1 },
  };
  const moved = moves[key];
  if (moved === undefined) return null;
  return {
    row: Math.max(0, Math.min(size.rows - 1, moved.row)),
    column: Math.max(-1, Math.min(size.columns - 1, moved.column)),
  };
}
