import type { UnitClass } from '../format/unit.ts';
import type { Assumption, Comparison, Summary } from '../math/assumption.ts';
import type { ShownField } from '../query/projection.ts';

/** Results of one unit and one configuration, side by side. */
export interface BenchTable {
  /** What the results of this table have in common, without the unit. */
  readonly fields: readonly ShownField[];
  readonly unit: string;
  readonly unitClass: UnitClass;
  /** Which way is better: +1 up, -1 down, 0 unknown. */
  readonly direction: -1 | 0 | 1;
  readonly assumption: Assumption;
  /** The first column is the baseline of all others. */
  readonly columns: readonly BenchColumn[];
  readonly rows: readonly BenchRow[];
  readonly geomeans: readonly GeomeanCell[];
}

export interface BenchColumn {
  readonly fields: readonly ShownField[];
}

export interface BenchRow {
  readonly label: string;
  readonly fields: readonly ShownField[];
  /** One for each column; null where nothing was measured. */
  readonly cells: readonly (BenchCell | null)[];
}

export interface BenchCell {
  /** Sorted. */
  readonly sample: Float64Array;
  readonly summary: Summary;
  /** What makes the summary less than it seems, the summary's own warnings too. */
  readonly warnings: readonly string[];
  /** With the first column; null in that column and where it has no cell. */
  readonly change: BenchChange | null;
}

export interface BenchChange {
  readonly comparison: Comparison;
  readonly delta: string;
  readonly text: string;
  /** new/old − 1; null when the old centre is zero. */
  readonly ratio: number | null;
  /** For a real change only: whether it is one for the better. Unknown when nobody said which way is better. */
  readonly verdict: 'better' | 'worse' | 'changed' | 'noise' | 'same';
}

export interface GeomeanCell {
  /** NaN when there is none. */
  readonly center: number;
  readonly warnings: readonly string[];
  /** Null in the first column; NaN when the ratios have no geometric mean. */
  readonly ratio: number | null;
}
