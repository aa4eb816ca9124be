/** Units: prescaled ones are brought to their base, so that a prefix can be chosen for what is shown. */
export interface Unit {
  /** As the file has it: `ns/op`. */
  readonly written: string;
  /** `sec/op`. */
  readonly tidy: string;
  /** A written value times this is the tidy one. */
  readonly factor: number;
}

/** `binary` values are counted in 1024s and shown as Ki, Mi, Gi; `decimal` ones as n, µ, m, k, M. */
export type UnitClass = 'binary' | 'decimal';

const scaled: Readonly<Record<string, { readonly base: string; readonly factor: number }>> = {
  ns: { base: 'sec', factor: 1e-9 },
  MB: { base: 'B', factor: 1e6 },
};
const binaryWords = new Set(['B', 'MB', 'bytes']);
const tokens = /([*/\-\s]+)|([^*/\-\s]+)/g;

/** Only what stands in a numerator is rewritten: `ns/op` and `alloc-ns`, but not `req/ns`. A zero is tidied like any value. */
export function tidyUnit(written: string): Unit {
  let tidy = '';
  let factor = 1;
  for (const { text, numerator } of unitTokens(written)) {
    const base = numerator ? scaled[text] : undefined;
    tidy += base?.base ?? text;
    if (base !== undefined) factor *= base.factor;
  }
  return { written, tidy, factor };
}

export function classOfUnit(unit: string): UnitClass {
  for (const { text, numerator } of unitTokens(unit)) {
    if (numerator && binaryWords.has(text)) return 'binary';
  }
  return 'decimal';
}

/** A `/` begins a denominator, which lasts until the next `*`. */
function* unitTokens(unit: string): Generator<{ readonly text: string; readonly numerator: boolean }> {
  let numerator = true;
  for (const match of unit.matchAll(tokens)) {
    const [text, separator] = match;
    if (separator === undefined) {
      yield { text, numerator };
      continue;
    }
    for (const mark of separator) {
      if (mark === '/') numerator = false;
      else if (mark === '*') numerator = true;
    }
    yield { text, numerator: false };
  }
}
