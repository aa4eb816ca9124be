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

/** What `.` does not match. */
export const lineEnds: readonly CodeRange[] = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
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

/** Blocks of scripts that have cases: Latin to Armenian, Georgian, Cherokee, letters like numbers, Deseret and its kin. */
const casedBlocks: readonly CodeRange[] = [
  [0x41, 0x58f],
  [0x10a0, 0x10ff],
  [0x13a0, 0x13ff],
  [0x1c80, 0x1cbf],
  [0x1d79, 0x1d8e],
  [0x1e00, 0x1fff],
  [0x2126, 0x2188],
  [0x24b6, 0x24e9],
  [0x2c00, 0x2dff],
  [0xa640, 0xa7ff],
  [0xab30, 0xabbf],
  [0xff21, 0xff5a],
  [0x10400, 0x105bf],
  [0x10c80, 0x10cff],
  [0x118a0, 0x118df],
  [0x16e40, 0x16e7f],
  [0x1e900, 0x1e943],
];

/** With the other case of every letter, where that is one code point. */
export function ignoringCase(ranges: readonly CodeRange[]): readonly CodeRange[] {
  const all: CodeRange[] = [...ranges];
  for (const [from, to] of ranges) {
    for (const [first, last] of casedBlocks) {
      for (let code = Math.max(from, first); code <= Math.min(to, last); code++)
        all.push(...otherCases(code));
    }
  }
  return normalised(all);
}

function otherCases(code: number): CodeRange[] {
  const character = String.fromCodePoint(code);
  return [character.toLowerCase(), character.toUpperCase()].flatMap((other): CodeRange[] => {
    const otherCode = other.codePointAt(0) ?? code;
    const isSingle = otherCode !== code && String.fromCodePoint(otherCode) === other;
    return isSingle ? [[otherCode, otherCode]] : [];
  });
}
