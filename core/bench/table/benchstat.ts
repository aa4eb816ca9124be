/** From options, as upstream's benchstat takes them, to tables. */
import { invalidInput, isFarmError } from '../../../agent/wire/farm-error.ts';
import { type BenchReader, createBenchReader } from '../format/reader.ts';
import type { Thresholds } from '../math/assumption.ts';
import { allOf, parseFilter } from '../query/filter.ts';
import { createProjectionGroup, type Projection } from '../query/projection.ts';
import type { BenchSyntaxError } from '../types.ts';
import { buildTables } from './build.ts';
import { createCollector } from './collect.ts';
import type { BenchTable } from './types.ts';

export interface BenchstatOptions extends Thresholds {
  readonly table: string;
  readonly row: string;
  readonly column: string;
  readonly ignore: string;
  readonly filter: string;
}

export const benchstatDefaults: BenchstatOptions = {
  table: '.config',
  row: '.fullname',
  column: '.file',
  ignore: '',
  filter: '*',
  alpha: 0.05,
  confidence: 0.95,
};

export interface Benchstat {
  /** Give it the files, each with its internal key `.file`. */
  readonly reader: BenchReader;
  tables(): readonly BenchTable[];
}

/** Throws a FarmError that names the option with a mistake, with a caret below the place. */
export function createBenchstat(
  options: BenchstatOptions,
  onSyntaxError: (error: BenchSyntaxError) => void,
): Benchstat {
  const filter = naming('-filter', () => parseFilter(options.filter));
  const group = createProjectionGroup();
  const add = (option: string, expression: string, withUnit = false): Projection =>
    naming(option, () => group.add(expression, { withUnit }));
  const table = add('-table', options.table, true);
  const row = add('-row', options.row);
  const column = add('-col', options.column);
  add('-ignore', options.ignore);
  requireShare('-alpha', options.alpha);
  requireShare('-confidence', options.confidence);
  const projections = { table, row, column, residue: group.residue(), filter: allOf([filter, group.filter]) };
  const collector = createCollector(projections);
  const reader = createBenchReader({ result: (result) => collector.add(result), syntaxError: onSyntaxError });
  return { reader, tables: () => buildTables(collector, projections, reader.units, options) };
}

function naming<T>(option: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (isFarmError(error)) error.message = `parsing ${option}: ${error.message}`;
    throw error;
  }
}

function requireShare(option: string, value: number): void {
  if (value >= 0 && value <= 1) return;
  const error = invalidInput(option, 'must be in range [0, 1]');
  error.message = `${option} must be in range [0, 1]`;
  throw error;
}
