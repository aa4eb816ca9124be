/** The part of a body that a `Range` header asks for (RFC 9110, section 14). */
export interface ByteRange {
  readonly from: number;
  /** The first byte that is no longer part of it. */
  readonly to: number;
}

/**
 * Null: no range, a unit other than bytes, or several ranges at once, all of which are answered with the whole, as the RFC allows.
 * `unsatisfiable`: it starts past the end.
 */
export function byteRange(header: string | null, length: number): ByteRange | 'unsatisfiable' | null {
  const [, first, last] = header?.trim().match(/^bytes=(\d{0,15})-(\d{0,15})$/i) ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return null;
  if (first === '') {
    const count = Math.min(Number(last), length);
    return count === 0 ? 'unsatisfiable' : { from: length - count, to: length };
  }
  const from = Number(first);
  const to = last === '' ? length : Math.min(Number(last) + 1, length);
  if (last !== '' && Number(last) < from) return null;
  return from >= length ? 'unsatisfiable' : { from, to };
}
