import type { UnitFact } from '../types.ts';
import { tidyUnit } from './unit.ts';

/** What `Unit` lines say; they hold for all files of one reader, and for results that came before them too. */
export interface UnitMetadata {
  /** Answers the value that is there already when it is another one; the first one stays. */
  add(writtenUnit: string, key: string, value: string): UnitAddition;
  /** By the tidy or the written name. */
  get(unit: string, key: string): string | undefined;
  /** +1 for higher, -1 for lower, 0 when nobody knows. */
  direction(unit: string): -1 | 0 | 1;
  all(): readonly UnitFact[];
}

export type UnitAddition =
  | { readonly outcome: 'added'; readonly fact: UnitFact }
  | { readonly outcome: 'known' }
  | { readonly outcome: 'conflict'; readonly before: string };

const lowerIsBetter = new Set(['ns/op', 'sec/op', 'B/op', 'allocs/op']);
const higherIsBetter = new Set(['MB/s', 'B/s']);

export function createUnitMetadata(): UnitMetadata {
  const units = new Map<string, Map<string, UnitFact>>();

  function get(unit: string, key: string): string | undefined {
    return units.get(tidyUnit(unit).tidy)?.get(key)?.value;
  }

  return {
    add(writtenUnit, key, value) {
      const tidy = tidyUnit(writtenUnit).tidy;
      const known = units.get(tidy) ?? new Map<string, UnitFact>();
      units.set(tidy, known);
      const before = known.get(key)?.value;
      if (before === value) return { outcome: 'known' };
      if (before !== undefined) return { outcome: 'conflict', before };
      const fact = { unit: tidy, writtenUnit, key, value };
      known.set(key, fact);
      return { outcome: 'added', fact };
    },
    get,
    direction(unit) {
      const said = get(unit, 'better');
      if (said !== undefined) return said === 'higher' ? 1 : said === 'lower' ? -1 : 0;
      return lowerIsBetter.has(unit) ? -1 : higherIsBetter.has(unit) ? 1 : 0;
    },
    all: () => [...units.values()].flatMap((known) => [...known.values()]),
  };
}
