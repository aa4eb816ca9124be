/**
 * Ranges of code points as sequences of byte ranges of their UTF-8 form (R. Cox, "Regular Expression Matching in the Wild", 2010).
 * The text is valid UTF-8, so a sequence may also cover bytes that never come, where that makes fewer of them.
 */
import { type CodeRange, lastCode } from './code-ranges.ts';

export type ByteRange = readonly [from: number, to: number];

/** Code points by the length of their form. */
const lengths: readonly CodeRange[] = [
  [0, 0x7f],
  [0x80, 0x7ff],
  [0x800, 0xffff],
  [0x10000, lastCode],
];

export function utf8Sequences(ranges: readonly CodeRange[]): readonly (readonly ByteRange[])[] {
  const sequences: ByteRange[][] = [];
  for (const [from, to] of ranges) {
    for (const [length, [first, last]] of lengths.entries()) {
      if (from <= last && to >= first) {
        split(widenedStart(Math.max(from, first)), widenedEnd(Math.min(to, last)), length, sequences);
      }
    }
  }
  return sequences;
}

/** Nothing is below the first of its length, so all shorter forms may be covered with it. */
function widenedStart(code: number): number {
  return code === 0x800 || code === 0x10000 ? 0 : code;
}

/** Nothing is above the last code point; the largest that four bytes with the same first one can say. */
function widenedEnd(code: number): number {
  return code === lastCode ? 0x13ffff : code;
}

/** Cuts until every byte can vary on its own, which makes the range a sequence. `tails`: bytes after the first. */
function split(from: number, to: number, tails: number, sequences: ByteRange[][]): void {
  for (let shift = 6; shift <= 6 * tails; shift += 6) {
    const low = 2 ** shift - 1;
    if (from >> shift === to >> shift) break;
    if ((from & low) !== 0) {
      split(from, from | low, tails, sequences);
      split((from | low) + 1, to, tails, sequences);
      return;
    }
    if ((to & low) !== low) {
      split(from, (to & ~low) - 1, tails, sequences);
      split(to & ~low, to, tails, sequences);
      return;
    }
  }
  const [first, last] = [utf8Bytes(from, tails), utf8Bytes(to, tails)];
  sequences.push(first.map((byte, at) => [byte, last[at] ?? byte]));
}

const leads = [0, 0xc0, 0xe0, 0xf0] as const;

function utf8Bytes(code: number, tails: number): number[] {
  const bytes = [(leads[tails] ?? 0) | (code >> (6 * tails))];
  for (let shift = 6 * (tails - 1); shift >= 0; shift -= 6) bytes.push(0x80 | ((code >> shift) & 0x3f));
  return bytes;
}
