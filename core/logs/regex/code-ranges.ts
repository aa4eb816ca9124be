/** Sets of Unicode code points as sorted ranges, both ends included. */
export type CodeRange = readonly [from: number, to: number];

export const lastCode = 0x10ffff;

export const digits: readonly CodeRange[] = [[0x30, 0x39]];
export const wordCharacters: readonly CodeRange[] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
/** White space and line ends of ECMAScript, without the line feed, which no line holds. */
export const spaces: readonly CodeRange[] = [
  [0x09, 0x09],
  [0x0b, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];

/** Sorted, and joined where they touch. */
export function normalised(ranges: readonly CodeRange[]): readonly CodeRange[] {
  const joined: [number, number][] = [];
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

export function complement(ranges: readonly CodeRange[]): readonly CodeRange[] {
  const gaps: CodeRange[] = [];
  let next = 0;
  for (const [from, to] of normalised(ranges)) {
    if (from > next) gaps.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= lastCode) gaps.push([next, lastCode]);
  return gaps;
}

/** Larger sets hold both cases of what they hold, or are about neither. */
const foldedCodes = 2_048;

/** With the other case of every letter, where that is one code point. */
export function ignoringCase(ranges: readonly CodeRange[]): readonly CodeRange[] {
  const size = ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  if (size > foldedCodes) return ranges;
  const all: CodeRange[] = [...ranges];
  for (const [from, to] of ranges) {
    for (let code = from; code <= to; code++) {
      const character = String.fromCodePoint(code);
      for (const other of [character.toLowerCase(), character.toUpperCase()]) {
        const otherCode = other.codePointAt(0) ?? code;
        if (String.fromCodePoint(otherCode) === other && otherCode !== code) all.push([otherCode, otherCode]);
      }
    }
  }
  return normalised(all);
}
