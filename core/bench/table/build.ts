/** From what was collected to tables with summaries, comparisons and geometric means. */
import { classOfUnit } from '../format/unit.ts';
import type { UnitMetadata } from '../format/unit-metadata.ts';
import { type Assumption, assumptionOf, compare, summarize, type Thresholds } from '../math/assumption.ts';
import { comparisonText, deltaText } from '../math/change.ts';
import { geometricMean } from '../math/geometric-mean.ts';
import type { ProjectedKey, Projection } from '../query/projection.ts';
import {
  type CollectedCell,
  type CollectedTable,
  type Collector,
  type Projections,
  sampleOf,
} from './collect.ts';
import type { BenchCell, BenchChange, BenchRow, BenchTable, GeomeanCell } from './types.ts';

export function buildTables(
  collector: Collector,
  projections: Projections,
  units: UnitMetadata,
  thresholds: Thresholds,
): readonly BenchTable[] {
  const { table } = projections;
  return [...collector.tables]
    .sort(([a], [b]) => table.compare(a, b))
    .map(([key, collected]) => buildTable(key, collected, projections, units, thresholds));
}

function buildTable(
  key: ProjectedKey,
  { unit, cells }: CollectedTable,
  { table, row, column, residue }: Projections,
  units: UnitMetadata,
  thresholds: Thresholds,
): BenchTable {
  const assumption = assumptionOf(units.get(unit, 'assume'));
  const direction = units.direction(unit);
  const columnKeys = sortedKeys(
    [...cells.values()].flatMap((line) => [...line.keys()]),
    column,
  );
  const rows = sortedKeys([...cells.keys()], row).map((rowKey): BenchRow => {
    const line = cells.get(rowKey) ?? new Map<ProjectedKey, CollectedCell>();
    const fields = row.fields(rowKey);
    const label = fields
      .map(({ value }) => value)
      .filter((value) => value !== '')
      .join(' ');
    const built = columnKeys.map((columnKey) => {
      const cell = line.get(columnKey);
      return cell === undefined ? null : summarizeCell(cell, residue, assumption, thresholds.confidence);
    });
    return {
      label,
      fields,
      cells: built.map((cell) => withChange(cell, built[0] ?? null, assumption, direction, thresholds)),
    };
  });
  return {
    fields: table.fields(key).filter((field) => field.key !== '.unit'),
    unit,
    unitClass: classOfUnit(unit),
    direction,
    assumption,
    columns: columnKeys.map((columnKey) => ({ fields: column.fields(columnKey) })),
    rows,
    geomeans: columnKeys.map((_, place) => geomeanOf(rows, place)),
  };
}

function sortedKeys(keys: readonly ProjectedKey[], projection: Projection): readonly ProjectedKey[] {
  return [...new Set(keys)].sort((a, b) => projection.compare(a, b));
}

function summarizeCell(
  cell: CollectedCell,
  residue: Projection,
  assumption: Assumption,
  confidence: number,
): BenchCell {
  const sample = sampleOf(cell);
  const summary = summarize(sample, assumption, confidence);
  const varying = varyingKeys([...cell.residues], residue);
  const mixed = varying.length === 0 ? [] : [`benchmarks vary in ${varying.join(', ')}`];
  return { sample, summary, warnings: [...mixed, ...summary.warnings], change: null };
}

function varyingKeys(keys: readonly ProjectedKey[], residue: Projection): readonly string[] {
  if (keys.length < 2) return [];
  const lists = keys.map((key) => residue.fields(key));
  return (lists[0] ?? [])
    .filter((field, place) => lists.some((list) => list[place]?.value !== field.value))
    .map((field) => field.key);
}

function withChange(
  cell: BenchCell | null,
  base: BenchCell | null,
  assumption: Assumption,
  direction: -1 | 0 | 1,
  { alpha }: Thresholds,
): BenchCell | null {
  if (cell === null || base === null || cell === base) return cell;
  const comparison = compare(base.sample, cell.sample, assumption, alpha);
  const [old, now] = [base.summary.center, cell.summary.center];
  const ratio = old === 0 ? null : now / old - 1;
  const change: BenchChange = {
    comparison,
    delta: deltaText(comparison, old, now),
    text: comparisonText(comparison),
    ratio,
    verdict: verdictOf(comparison.p <= comparison.alpha, Math.sign(now - old), direction),
  };
  return { ...cell, change };
}

function verdictOf(isReal: boolean, sign: number, direction: -1 | 0 | 1): BenchChange['verdict'] {
  if (!isReal) return 'noise';
  if (sign === 0) return 'same';
  if (direction === 0 || Number.isNaN(sign)) return 'changed';
  return sign === direction ? 'better' : 'worse';
}

/** The ratio is the geometric mean of the rows' ratios, over the rows that both columns have. */
function geomeanOf(rows: readonly BenchRow[], place: number): GeomeanCell {
  const cells = rows.flatMap((row) => row.cells[place] ?? []);
  const center = geometricMean(cells.map((cell) => cell.summary.center));
  const noCenter = Number.isNaN(center) ? ['summaries must be >0 to compute geomean'] : [];
  if (place === 0) return { center, warnings: noCenter, ratio: null };
  const pairs = rows.flatMap(({ cells: [base], cells: line }) => {
    const cell = line[place];
    return base && cell ? [[base.summary.center, cell.summary.center] as const] : [];
  });
  // From zero to something there is no ratio, and for the whole column none that a warning could explain.
  const fromZero = pairs.some(([old, now]) => old === 0 && now !== 0);
  const ratio = fromZero
    ? Number.NaN
    : geometricMean(pairs.map(([old, now]) => (old === now ? 1 : now / old)));
  const differs = pairs.length !== rows.filter((row) => row.cells[0] !== null).length;
  const warnings = [
    ...(differs ? ['benchmark set differs from baseline; geomeans may not be comparable'] : []),
    ...noCenter,
    ...(Number.isNaN(ratio) && !fromZero ? ['ratios must be >0 to compute geomean'] : []),
  ];
  return { center, warnings, ratio };
}
