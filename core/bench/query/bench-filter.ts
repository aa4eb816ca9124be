import type { BenchResult } from '../types.ts';
import type { Filter } from './filter.ts';

/** The result with the measurements that match; itself when all do, null when none does. */
export function filterResult(result: BenchResult, filter: Filter): BenchResult | null {
  const match = filter(result.name, result.config, result.units);
  if (typeof match === 'boolean') return match ? result : null;
  if (!match.includes(false)) return result;
  if (!match.includes(true)) return null;
  return {
    ...result,
    values: result.values.filter((_, place) => match[place]),
    units: result.units.filter((_, place) => match[place]),
  };
}
