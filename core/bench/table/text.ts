/** Tables as upstream's benchstat prints them. */
import { signedText } from '../format/number-text.ts';
import type { UnitClass } from '../format/unit.ts';
import { rangeText } from '../math/change.ts';
import { commonScale, type Scale, scaledText } from '../math/scale.ts';
import { type GridCell, type GridRow, layOut } from './grid.ts';
import type { BenchCell, BenchTable, GeomeanCell } from './types.ts';

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

export function textTables(tables: readonly BenchTable[]): string {
  let text = '';
  let before: ReadonlyMap<string, string> = new Map();
  tables.forEach((table, place) => {
    const fields = new Map(table.fields.map(({ key, value }) => [key, value]));
    const changed = table.fields.filter(({ key, value }) => place === 0 || before.get(key) !== value);
    before = fields;
    const head = changed.map(({ key, value }) => `${key}: ${value}\n`).join('');
    text += `${place === 0 ? '' : '\n'}${head}${textTable(table)}`;
  });
  return text;
}

function textTable(table: BenchTable): string {
  const notes = createFootnotes();
  const rows: GridRow[] = [...columnHeads(table), unitHead(table)];
  for (const row of table.rows) {
    const centers = row.cells.flatMap((cell) => cell?.summary.center ?? []);
    const scale = commonScale(centers, table.unitClass);
    rows.push([
      cell(row.label, 'left', ''),
      ...row.cells.flatMap((one, place) => dataCells(one, place, scale, notes.mark)),
    ]);
  }
  if (table.rows.length > 1) rows.push(geomeanRow(table, notes.mark));
  return `${layOut(rows, isStretchable)}${notes.text()}`;
}

/** Only the centres: what a heading needs more room for than there is goes to them. */
function isStretchable(column: number): boolean {
  return column === 1 || (column >= 4 && (column - 4) % 6 === 0);
}

function groupWidth(place: number): number {
  return place === 0 ? 3 : 6;
}

/** For each key one line, where equal neighbours share a cell as long as the keys above do. */
function columnHeads(table: BenchTable): readonly GridRow[] {
  const levels = table.columns[0]?.fields.length ?? 0;
  return Array.from({ length: levels }, (_, level) => {
    const cells: GridCell[] = [cell('', 'left', '')];
    for (let from = 0; from < table.columns.length; ) {
      let to = from + 1;
      while (to < table.columns.length && sharesHead(table, from, to, level)) to++;
      let span = 0;
      for (let place = from; place < to; place++) span += groupWidth(place);
      const text = table.columns[from]?.fields[level]?.value ?? '';
      cells.push({ text, align: 'center', span, margin: ' │ ' });
      from = to;
    }
    return [...cells, edge];
  });
}

function sharesHead(table: BenchTable, a: number, b: number, level: number): boolean {
  const [left, right] = [table.columns[a]?.fields ?? [], table.columns[b]?.fields ?? []];
  return left.slice(0, level + 1).every((field, place) => field.value === right[place]?.value);
}

function unitHead(table: BenchTable): GridRow {
  const cells = table.columns.flatMap((_, place): readonly GridCell[] => {
    const unit: GridCell = { text: table.unit, align: 'center', span: 3, margin: ' │ ' };
    return place === 0 ? [unit] : [unit, { text: 'vs base', align: 'left', span: 3, margin: '  ' }];
  });
  return [cell('', 'left', ''), ...cells, edge];
}

type Mark = (warnings: readonly string[]) => string;

function dataCells(one: BenchCell | null, place: number, scale: Scale, mark: Mark): readonly GridCell[] {
  if (one === null) return [blankCell(groupWidth(place))];
  const summary = [
    cell(scaledText(one.summary.center, scale), 'right'),
    cell(rangeText(one.summary), 'right', ' ± '),
    cell(mark(one.warnings), 'left'),
  ];
  if (place === 0) return summary;
  if (one.change === null) return [...summary, blankCell(3)];
  return [
    ...summary,
    cell(one.change.delta, 'right'),
    cell(`(${one.change.text})`, 'left'),
    cell(mark(one.change.comparison.warnings), 'left'),
  ];
}

function geomeanRow(table: BenchTable, mark: Mark): GridRow {
  return [
    cell('geomean', 'left', ''),
    ...table.geomeans.flatMap((one, place) => geomeanCells(one, place, table.unitClass, mark)),
  ];
}

/** Each with its own scale. */
function geomeanCells(
  one: GeomeanCell,
  place: number,
  unitClass: UnitClass,
  mark: Mark,
): readonly GridCell[] {
  const center = Number.isNaN(one.center) ? '' : scaledText(one.center, commonScale([one.center], unitClass));
  const first = [cell(center, 'right'), blankCell(1)];
  if (place === 0) return [...first, cell(mark(one.warnings), 'left')];
  const ratio = one.ratio ?? Number.NaN;
  const delta = Number.isNaN(ratio)
    ? cell('?', 'left')
    : cell(`${signedText((ratio - 1) * 100, 2)}%`, 'right');
  return [...first, blankCell(1), delta, blankCell(1), cell(mark(one.warnings), 'left')];
}

function cell(text: string, align: GridCell['align'], margin = ' '): GridCell {
  return { text, align, span: 1, margin: text === '' ? '' : margin };
}

function blankCell(span: number): GridCell {
  return { text: '', align: 'left', span, margin: '' };
}

const edge: GridCell = { text: '', align: 'left', span: 1, margin: ' │' };

/** Each different warning once, numbered by its first use. */
function createFootnotes(): { mark(warnings: readonly string[]): string; text(): string } {
  const numbers = new Map<string, string>();
  return {
    mark: (warnings) =>
      warnings
        .map((warning) => {
          const mark = numbers.get(warning) ?? superscript(numbers.size + 1);
          numbers.set(warning, mark);
          return mark;
        })
        .join(' '),
    text: () => [...numbers].map(([warning, mark]) => `${mark} ${warning}\n`).join(''),
  };
}

function superscript(number: number): string {
  return [...String(number)].map((digit) => superscripts.charAt(Number(digit))).join('');
}
