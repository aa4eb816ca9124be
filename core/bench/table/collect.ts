/** Sorts measurements into tables, rows and columns as they come. */
import { sortedSample } from '../math/quantile.ts';
import type { Filter } from '../query/filter.ts';
import type { ProjectedKey, Projection } from '../query/projection.ts';
import type { BenchConfig, BenchName, BenchResult, Unit } from '../types.ts';
import { GrowingSample } from './growing-sample.ts';

export interface Projections {
  readonly table: Projection;
  readonly row: Projection;
  readonly column: Projection;
  readonly residue: Projection;
  readonly filter: Filter;
}

export interface CollectedCell {
  readonly values: GrowingSample;
  /** What differs between the results of the cell and is named by no projection. */
  readonly residues: Set<ProjectedKey>;
}

export interface CollectedTable {
  readonly unit: string;
  readonly cells: Map<ProjectedKey, Map<ProjectedKey, CollectedCell>>;
}

export interface Collector {
  add(result: BenchResult): void;
  readonly tables: ReadonlyMap<ProjectedKey, CollectedTable>;
}

/** Where the values of one name go; the same for every line with these units. */
interface Plan {
  readonly units: readonly Unit[];
  /** Null for a measurement that the filter drops. */
  readonly targets: readonly (GrowingSample | null)[];
}

export function createCollector(projections: Projections): Collector {
  const tables = new Map<ProjectedKey, CollectedTable>();
  const plansOfConfig = new Map<string, Map<BenchName, Plan>>();
  let lastConfig: BenchConfig | null = null;
  let plans = new Map<BenchName, Plan>();
  let kept = 0;

  function add(result: BenchResult): void {
    if (result.config !== lastConfig) useConfig(result.config);
    let plan = plans.get(result.name);
    if (plan === undefined || plan.units !== result.units) {
      plan = planFor(result);
      // Plans are only a cache: a stream with a fresh name in every line must not keep them all.
      if (++kept > 500_000) forgetPlans();
      plans.set(result.name, plan);
    }
    const { targets, units } = plan;
    const { values } = result;
    for (let place = 0; place < targets.length; place++) {
      const target = targets[place];
      if (target) target.push((values[place] as number) * (units[place] as Unit).factor);
    }
  }

  function useConfig(config: BenchConfig): void {
    lastConfig = config;
    const text = JSON.stringify(config.entries.map(({ key, value, origin }) => [key, value, origin]));
    plans = plansOfConfig.get(text) ?? new Map();
    if (plansOfConfig.size >= 10_000) plansOfConfig.clear();
    plansOfConfig.set(text, plans);
  }

  function forgetPlans(): void {
    kept = 0;
    plansOfConfig.clear();
    plans = new Map();
    lastConfig = null;
  }

  function planFor({ name, config, units }: BenchResult): Plan {
    const match = projections.filter(name, config, units);
    const passes = units.map((_, place) => (typeof match === 'boolean' ? match : match[place] === true));
    if (!passes.includes(true)) return { units, targets: [] };
    const row = projections.row.project(name, config);
    const column = projections.column.project(name, config);
    const residue = projections.residue.project(name, config);
    const targets = units.map((unit, place) => {
      if (!passes[place]) return null;
      const cell = cellAt(projections.table.projectUnit(name, config, unit.tidy), unit.tidy, row, column);
      cell.residues.add(residue);
      return cell.values;
    });
    return { units, targets };
  }

  function cellAt(key: ProjectedKey, unit: string, row: ProjectedKey, column: ProjectedKey): CollectedCell {
    const table = entryOf(tables, key, () => ({ unit, cells: new Map() }));
    const cells = entryOf(table.cells, row, () => new Map<ProjectedKey, CollectedCell>());
    return entryOf(cells, column, () => ({ values: new GrowingSample(), residues: new Set() }));
  }

  return { add, tables };
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = create();
    map.set(key, value);
  }
  return value;
}

export function sampleOf(cell: CollectedCell): Float64Array {
  return sortedSample(cell.values.all());
}
