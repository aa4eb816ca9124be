/** Numbers as Go's strconv reads them: the format is defined by what Go's tools accept. */

export type NumberProblem = 'invalid syntax' | 'value out of range';
export type ParsedFloat =
  | { readonly value: number; readonly problem?: never }
  | { readonly problem: NumberProblem };
export type ParsedInteger =
  | { readonly value: number | bigint; readonly problem?: never }
  | { readonly problem: NumberProblem };

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const hexadecimal = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)$/;
const infinity = /^([+-]?)inf(?:inity)?$/i;
const integer = /^[+-]?\d+$/;
const syntaxProblem = { problem: 'invalid syntax' } as const;
const rangeProblem = { problem: 'value out of range' } as const;

/** Decimal and hexadecimal floats, with underscores between digits, infinities and NaN in any case. */
export function parseGoFloat(text: string): ParsedFloat {
  const plain = text.includes('_') ? withoutUnderscores(text) : text;
  if (plain === null) return syntaxProblem;
  if (decimal.test(plain)) return finite(Number(plain));
  const hex = hexadecimal.exec(plain);
  if (hex !== null) return parseHex(hex[1] === '-', hex[2] ?? '', hex[3] ?? '', hex[4] ?? '');
  const infinite = infinity.exec(plain);
  if (infinite !== null && plain === text) {
    return { value: infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY };
  }
  if (/^nan$/i.test(text)) return { value: Number.NaN };
  return syntaxProblem;
}

const least = -(2n ** 63n);
const most = 2n ** 63n - 1n;

/** A decimal integer of 64 bits; a bigint when a double would not keep it. */
export function parseGoInteger(text: string): ParsedInteger {
  if (!integer.test(text)) return syntaxProblem;
  const small = Number(text);
  if (Number.isSafeInteger(small)) return { value: small === 0 ? 0 : small };
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return value < least || value > most ? rangeProblem : { value };
}

function finite(value: number): ParsedFloat {
  return Number.isFinite(value) ? { value } : rangeProblem;
}

/** Each has a digit on both sides, where the `x` of `0x` counts as one; null when not. */
function withoutUnderscores(text: string): string | null {
  const isHex = /^[+-]?0[xX]/.test(text);
  const wrong = isHex ? /(?:^|[^0-9a-fA-FxX])_|_(?:$|[^0-9a-fA-F])/ : /(?:^|[^0-9])_|_(?:$|[^0-9])/;
  return wrong.test(text) ? null : text.replaceAll('_', '');
}

function parseHex(negative: boolean, whole: string, fraction: string, exponentText: string): ParsedFloat {
  if (whole === '' && fraction === '') return syntaxProblem;
  const mantissa = BigInt(`0x${whole}${fraction}`);
  const sign = negative ? -1 : 1;
  if (mantissa === 0n) return { value: sign * 0 };
  // Beyond these every answer is zero or out of range, however many digits there are.
  const far = 4 * fraction.length + 4 * whole.length + 5_000;
  const exponent = Math.max(-far, Math.min(far, Number(exponentText))) - 4 * fraction.length;
  return finite(sign * scaled(mantissa, exponent));
}

/** mantissa · 2^exponent, rounded once, ties to even; infinite when too large. */
function scaled(mantissa: bigint, exponent: number): number {
  const bits = mantissa.toString(2).length;
  if (bits + exponent > 1024) return Number.POSITIVE_INFINITY;
  const precision = Math.min(53, bits + exponent + 1074);
  if (precision < 0) return 0;
  const cut = bits - precision;
  if (cut <= 0) return power(Number(mantissa), exponent);
  const half = 1n << BigInt(cut - 1);
  const rest = mantissa & ((half << 1n) - 1n);
  let kept = mantissa >> BigInt(cut);
  if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
  return power(Number(kept), exponent + cut);
}

/** Exact: the caller has seen to it that the result has no more bits than it may. */
function power(value: number, exponent: number): number {
  let result = value;
  let left = exponent;
  for (; left > 1000; left -= 1000) result *= 2 ** 1000;
  for (; left < -1000; left += 1000) result *= 2 ** -1000;
  return result * 2 ** left;
}
