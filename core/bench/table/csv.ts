/** Tables as upstream's benchstat writes them as CSV, and the warnings with the cell that each belongs to. */
import { shortestText, signedText } from '../format/number-text.ts';
import { rangeText } from '../math/change.ts';
import type { BenchCell, BenchTable, GeomeanCell } from './types.ts';

export interface CsvTables {
  readonly text: string;
  /** `B3: message`. */
  readonly warnings: readonly string[];
}

export function csvTables(tables: readonly BenchTable[]): CsvTables {
  const lines: string[] = [];
  const warnings: string[] = [];
  let before: ReadonlyMap<string, string> = new Map();
  function warn(column: number, messages: readonly string[]): void {
    // For the record that is written next.
    for (const message of messages) warnings.push(`${cellName(column, lines.length + 1)}: ${message}`);
  }
  function write(fields: readonly string[]): void {
    lines.push(csvRecord(fields));
  }

  tables.forEach((table, place) => {
    if (place > 0) lines.push('');
    for (const { key, value } of table.fields) {
      if (place === 0 || before.get(key) !== value) write([`${key}: ${value}`]);
    }
    before = new Map(table.fields.map(({ key, value }) => [key, value]));
    for (const head of columnHeads(table)) write(head);
    write(unitHead(table));
    for (const row of table.rows) {
      row.cells.forEach((cell, column) => {
        warn(columnAt(column), cell?.warnings ?? []);
        warn(columnAt(column) + 2, cell?.change?.comparison.warnings ?? []);
      });
      write(
        trimmed(
          [row.label, ...row.cells.flatMap(dataFields)],
          row.cells.findLastIndex((cell) => cell !== null),
          row.cells,
        ),
      );
    }
    table.geomeans.forEach((cell, column) => {
      warn(columnAt(column), cell.warnings);
    });
    write(['geomean', ...table.geomeans.flatMap(geomeanFields)]);
  });
  return { text: lines.map((line) => `${line}\n`).join(''), warnings };
}

/** The field in which a column begins. */
function columnAt(column: number): number {
  return column === 0 ? 1 : 3 + (column - 1) * 4;
}

function columnHeads(table: BenchTable): readonly (readonly string[])[] {
  const levels = table.columns[0]?.fields.length ?? 0;
  return Array.from({ length: levels }, (_, level) => {
    const fields = [''];
    table.columns.forEach((column, place) => {
      fields.push(
        column.fields[level]?.value ?? '',
        ...Array.from({ length: place === 0 ? 1 : 3 }, () => ''),
      );
    });
    return fields;
  });
}

function unitHead(table: BenchTable): readonly string[] {
  return [
    '',
    ...table.columns.flatMap((_, place) => [table.unit, 'CI', ...(place === 0 ? [] : ['vs base', 'P'])]),
  ];
}

function dataFields(cell: BenchCell | null, place: number): readonly string[] {
  if (cell === null) return place === 0 ? ['', ''] : ['', '', '', ''];
  const summary = [shortestText(cell.summary.center), rangeText(cell.summary)];
  if (place === 0) return summary;
  return [...summary, cell.change?.delta ?? '', cell.change?.text ?? ''];
}

/** Fields behind the last cell are not written. */
function trimmed(
  fields: readonly string[],
  lastColumn: number,
  cells: readonly (BenchCell | null)[],
): readonly string[] {
  if (lastColumn < 0) return fields.slice(0, 1);
  const hasChange = lastColumn > 0 && cells[lastColumn]?.change !== null;
  return fields.slice(0, columnAt(lastColumn) + (hasChange ? 4 : 2));
}

function geomeanFields(cell: GeomeanCell, place: number): readonly string[] {
  const center = [Number.isNaN(cell.center) ? '' : shortestText(cell.center), ''];
  if (place === 0) return center;
  const ratio = cell.ratio ?? Number.NaN;
  return [...center, Number.isNaN(ratio) ? '?' : `${signedText((ratio - 1) * 100, 2)}%`, ''];
}

/** A1, Z1, AA1. */
function cellName(column: number, row: number): string {
  let letters = '';
  for (let left = column; left >= 0; left = Math.floor(left / 26) - 1) {
    letters = String.fromCharCode(65 + (left % 26)) + letters;
  }
  return `${letters}${row}`;
}

/** RFC 4180 with the quoting of Go's encoding/csv: only what needs it, and line ends of one character. */
export function csvRecord(fields: readonly string[]): string {
  return fields.map(csvField).join(',');
}

function csvField(field: string): string {
  if (field === '') return '';
  const needsQuotes = field === '\\.' || /[",\r\n]/.test(field) || /^[\p{White_Space}]/u.test(field);
  return needsQuotes ? `"${field.replaceAll('"', '""')}"` : field;
}
