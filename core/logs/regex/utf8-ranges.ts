/** Ranges of code points as sequences of byte ranges of their UTF-8 form. Source: R. Cox, "Regular Expression Matching in the Wild", 2010. */
import type { CodeRange } from './code-ranges.ts';

export type ByteRange = readonly [from: number, to: number];

/** Last code point of each length. */
const lastOfLength = [0x7f, 0x7ff, 0xffff, 0x10ffff] as const;

export function utf8Sequences(ranges: readonly CodeRange[]): readonly (readonly ByteRange[])[] {
  const sequences: ByteRange[][] = [];
  for (const range of ranges) for (const [from, to] of withoutSurrogates(range)) split(from, to, sequences);
  return sequences;
}

/** No valid UTF-8 holds them. */
function withoutSurrogates([from, to]: CodeRange): CodeRange[] {
  const parts: CodeRange[] = [
    [from, Math.min(to, 0xd7ff)],
    [Math.max(from, 0xe000), to],
  ];
  return parts.filter(([low, high]) => low <= high);
}

/** Cuts until all bytes of both ends can vary on their own, which makes the range a sequence of byte ranges. */
function split(from: number, to: number, sequences: ByteRange[][]): void {
  for (const last of lastOfLength) {
    if (from <= last && last < to) {
      split(from, last, sequences);
      split(last + 1, to, sequences);
      return;
    }
  }
  for (let shift = 6; from > 0x7f && shift <= 18; shift += 6) {
    const low = (1 << shift) - 1;
    if (from >> shift === to >> shift) break;
    if ((from & low) !== 0) {
      split(from, from | low, sequences);
      split((from | low) + 1, to, sequences);
      return;
    }
    if ((to & low) !== low) {
      split(from, (to & ~low) - 1, sequences);
      split(to & ~low, to, sequences);
      return;
    }
  }
  const [first, last] = [utf8Bytes(from), utf8Bytes(to)];
  sequences.push(first.map((byte, at) => [byte, last[at] ?? byte]));
}

function utf8Bytes(code: number): number[] {
  if (code <= 0x7f) return [code];
  const tail = (shift: number) => 0x80 | ((code >> shift) & 0x3f);
  if (code <= 0x7ff) return [0xc0 | (code >> 6), tail(0)];
  if (code <= 0xffff) return [0xe0 | (code >> 12), tail(6), tail(0)];
  return [0xf0 | (code >> 18), tail(12), tail(6), tail(0)];
}
