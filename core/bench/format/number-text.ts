/** Numbers as Go's fmt prints them, to the byte. */

/** `%v`: the shortest text that reads back as the same number; with an exponent below 1e-4 and from 1e6 on. */
export function shortestText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const size = Math.abs(value);
  // Here JavaScript's shortest text has the same form.
  return size >= 1e-4 && size < 1e6 ? String(value) : exponentText(value);
}

function exponentText(value: number): string {
  const text = value.toExponential();
  const mark = text.indexOf('e');
  const sign = text.charAt(mark + 1);
  return `${text.slice(0, mark)}e${sign}${text.slice(mark + 2).padStart(2, '0')}`;
}

/** `%.Nf`: as many digits after the point, ties to even; JavaScript's toFixed rounds them away from zero and stops at 1e21. */
export function fixedText(value: number, digits: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const size = Math.abs(value);
  const text =
    size >= 1e21
      ? largeText(size, digits)
      : isTie(size, digits)
        ? tieText(size, digits)
        : size.toFixed(digits);
  return value < 0 || Object.is(value, -0) ? `-${text}` : text;
}

/** `%+.Nf`. */
export function signedText(value: number, digits: number): string {
  const text = fixedText(value, digits);
  return text.startsWith('-') || text.startsWith('+') ? text : `+${text}`;
}

/** Exactly between two texts: only possible with few bits after the point. */
function isTie(size: number, digits: number): boolean {
  const halves = size * 2 ** (digits + 1);
  if (!Number.isInteger(halves) || size > 2 ** 53) return false;
  return (BigInt(halves) * 10n ** BigInt(digits)) % 2n ** BigInt(digits + 1) === 2n ** BigInt(digits);
}

function tieText(size: number, digits: number): string {
  const lower = (BigInt(size * 2 ** (digits + 1)) * 10n ** BigInt(digits)) / 2n ** BigInt(digits + 1);
  return withPoint((lower % 2n === 0n ? lower : lower + 1n).toString(), digits);
}

function largeText(size: number, digits: number): string {
  return withPoint((BigInt(size) * 10n ** BigInt(digits)).toString(), digits);
}

function withPoint(whole: string, digits: number): string {
  if (digits === 0) return whole;
  const padded = whole.padStart(digits + 1, '0');
  return `${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
}
