import { compareText } from '../format/byte-text.ts';
import { parseGoFloat } from '../format/go-numbers.ts';

/** How the values of a key are put into a row. */
export type Order =
  | { readonly kind: 'observed' }
  | { readonly kind: 'alpha' }
  | { readonly kind: 'num' }
  | { readonly kind: 'fixed'; readonly values: readonly string[] };

const amount = /^([0-9.]+)([kKMGTPEZY]i?)?[bB]?$/;
const prefixes = 'kMGTPEZY';

/** Where numbers are spelled for people: `2k`, `1Mi`, `16kB`. Null for other text. */
export function fuzzyNumber(text: string): number | null {
  const plain = parseGoFloat(text);
  if (plain.problem === undefined) return plain.value;
  const match = amount.exec(text);
  if (match === null) return null;
  const parsed = parseGoFloat(match[1] ?? '');
  if (parsed.problem !== undefined) return null;
  const prefix = match[2] ?? '';
  if (prefix === '') return parsed.value;
  const power = prefixes.indexOf(prefix.charAt(0) === 'K' ? 'k' : prefix.charAt(0)) + 1;
  return parsed.value * (prefix.endsWith('i') ? 1024 : 1000) ** power;
}

/** Numbers first, NaN after them, other text last; ties by text. */
export function compareFuzzy(a: string, b: string): number {
  const left = fuzzyNumber(a);
  const right = fuzzyNumber(b);
  if (left !== null && right !== null) {
    if (left < right) return -1;
    if (left > right) return 1;
    const nans = Number(Number.isNaN(left)) - Number(Number.isNaN(right));
    return nans === 0 ? compareText(a, b) : nans;
  }
  if (left === null && right === null) return compareText(a, b);
  return left === null ? 1 : -1;
}

/** `observed` is the order in which values were first seen. */
export function orderComparison(
  order: Order,
  observed: ReadonlyMap<string, number>,
): (a: string, b: string) => number {
  if (order.kind === 'alpha') return compareText;
  if (order.kind === 'num') return compareFuzzy;
  const places =
    order.kind === 'fixed' ? new Map(order.values.map((value, place) => [value, place])) : observed;
  return (a, b) => {
    const left = places.get(a) ?? Number.POSITIVE_INFINITY;
    const right = places.get(b) ?? Number.POSITIVE_INFINITY;
    return left === right ? compareText(a, b) : left - right;
  };
}
