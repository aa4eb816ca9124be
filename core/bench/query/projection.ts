import type { BenchConfig, BenchName } from '../types.ts';
import { type Extract, extractor, reducedFullName } from './extract.ts';
import { allOf, type Filter } from './filter.ts';
import { type Order, orderComparison } from './order.ts';
import { type ProjectionPart, parseProjection } from './parse-projection.ts';

/** Values of a projection for some results; equal values give one and the same object. */
export interface ProjectedKey {
  /** One list for each part: of `.config` the values of its keys, else one value. */
  readonly values: readonly (readonly string[])[];
}

/** A key with its value, as it is shown. */
export interface ShownField {
  readonly key: string;
  readonly value: string;
}

export interface Projection {
  /** Makes note of what it has seen, for the order. */
  project(name: BenchName, config: BenchConfig): ProjectedKey;
  /** The same result in another unit, when the projection ends with a unit. */
  projectUnit(name: BenchName, config: BenchConfig, unit: string): ProjectedKey;
  /** All fields, also the empty ones, in the same order for every key. */
  fields(key: ProjectedKey): readonly ShownField[];
  compare(a: ProjectedKey, b: ProjectedKey): number;
}

/** Projections that share what is named: a key that one of them has is in no `.config` and no `.fullname` of the others. */
export interface ProjectionGroup {
  /** `option` goes before the message of a mistake. All are parsed before any is used. */
  add(expression: string, options?: { readonly withUnit?: boolean }): Projection;
  /** What no projection of the group names. */
  residue(): Projection;
  /** Drops what fixed lists don't name. */
  readonly filter: Filter;
}

export function createProjectionGroup(): ProjectionGroup {
  const named = new Set<string>();
  const filters: Filter[] = [];

  function add(expression: string, { withUnit = false } = {}): Projection {
    const parts = parseProjection(expression);
    for (const part of parts) {
      named.add(part.key);
      if (part.order.kind === 'fixed') filters.push(fixedFilter(part.key, part.order.values, named));
    }
    return createProjection(parts, named, withUnit);
  }

  return {
    add,
    residue() {
      const parts = ['.config', '.fullname']
        .filter((key) => !named.has(key))
        .map((key): ProjectionPart => ({ key, order: { kind: 'observed' } }));
      return createProjection(parts, named, false);
    },
    filter: (...given) => allOf(filters)(...given),
  };
}

function fixedFilter(key: string, values: readonly string[], named: ReadonlySet<string>): Filter {
  const wanted = new Set(values);
  let extract: Extract | null = null;
  return (name, config) => {
    extract ??= extractText(key, named);
    return wanted.has(extract(name, config));
  };
}

function extractText(key: string, named: ReadonlySet<string>): Extract {
  return key === '.fullname' ? reducedFullName(named) : extractor(key);
}

interface Field {
  readonly key: string;
  readonly order: Order;
  /** Values in the order of their first sight. */
  readonly observed: Map<string, number>;
  /** Of `.config`: its keys, in the order of their first sight. */
  readonly subKeys: string[];
  read(name: BenchName, config: BenchConfig): readonly string[];
}

function createProjection(
  parts: readonly ProjectionPart[],
  named: ReadonlySet<string>,
  withUnit: boolean,
): Projection {
  const keys = new Map<string, ProjectedKey>();
  const unitField = createField({ key: '.unit', order: { kind: 'observed' } }, named);
  const fields = parts.map((part) => createField(part, named));
  const all = withUnit ? [...fields, unitField] : fields;
  let comparisons: readonly ((a: string, b: string) => number)[] | null = null;

  function intern(values: readonly (readonly string[])[]): ProjectedKey {
    const text = JSON.stringify(values);
    let key = keys.get(text);
    if (key === undefined) {
      key = { values };
      keys.set(text, key);
      comparisons = null;
    }
    return key;
  }

  function valuesOf(name: BenchName, config: BenchConfig): readonly (readonly string[])[] {
    return fields.map((field) => field.read(name, config));
  }

  return {
    project: (name, config) => intern(valuesOf(name, config)),
    projectUnit(name, config, unit) {
      if (!unitField.observed.has(unit)) unitField.observed.set(unit, unitField.observed.size);
      return intern([...valuesOf(name, config), [unit]]);
    },
    fields: (key) => all.flatMap((field, place) => shownFields(field, key.values[place] ?? [])),
    compare(a, b) {
      comparisons ??= all.map((field) => orderComparison(field.order, field.observed));
      for (let place = 0; place < all.length; place++) {
        const [left, right] = [a.values[place] ?? [], b.values[place] ?? []];
        const length = Math.max(left.length, right.length, 1);
        for (let sub = 0; sub < length; sub++) {
          const difference = comparisons[place]?.(left[sub] ?? '', right[sub] ?? '') ?? 0;
          if (difference !== 0) return difference;
        }
      }
      return 0;
    },
  };
}

function shownFields(field: Field, values: readonly string[]): readonly ShownField[] {
  if (field.key !== '.config') return [{ key: field.key, value: values[0] ?? '' }];
  return field.subKeys.map((key, place) => ({ key, value: values[place] ?? '' }));
}

function createField(part: ProjectionPart, named: ReadonlySet<string>): Field {
  const observed = new Map<string, number>();
  const subKeys: string[] = [];
  if (part.key === '.config') {
    const places = new Map<string, number>();
    // Only top-level keys have an order of first sight; below, upstream sorts by text.
    const order: Order = { kind: 'alpha' };
    return {
      ...part,
      order,
      observed,
      subKeys,
      read: (_, config) => configValues(config, named, places, subKeys),
    };
  }
  let extract: Extract | null = null;
  return {
    ...part,
    observed,
    subKeys,
    read(name, config) {
      // Not before all projections of the group are parsed.
      extract ??= extractText(part.key, named);
      const value = extract(name, config);
      if (!observed.has(value)) observed.set(value, observed.size);
      return [value];
    },
  };
}

/** Without empty values at the end: a key that appears later does not make earlier results differ. */
function configValues(
  config: BenchConfig,
  named: ReadonlySet<string>,
  places: Map<string, number>,
  subKeys: string[],
): readonly string[] {
  const values: string[] = [];
  for (const { key, value, origin } of config.entries) {
    if (origin !== 'file' || named.has(key)) continue;
    let place = places.get(key);
    if (place === undefined) {
      place = subKeys.length;
      places.set(key, place);
      subKeys.push(key);
    }
    while (values.length <= place) values.push('');
    values[place] = value;
  }
  while (values.at(-1) === '') values.pop();
  return values;
}
