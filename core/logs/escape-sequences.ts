/**
 * Where escape sequences begin and end (ECMA-48, ISO 6429). Looks at each character a fixed number of times, whatever it is given:
 *
 * - `ESC [` up to its final character: a control sequence. One that is broken off ends before the character that breaks it.
 * - `ESC ]`, `ESC P`, `ESC X`, `ESC ^`, `ESC _` up to BEL or `ESC \`: a string. One that another escape or the end of the text
 *   breaks off is no string: only its two characters are taken, so that nothing after it is hidden.
 * - `ESC`, then any of space to `/`, then one of `0` to `~`: the rest.
 *
 * Pure, without imports: pages use it as it is. `at` gives a code unit or a byte, -1 past the end, so that texts and bytes follow
 * the same grammar.
 */
export const escapeUnit = 0x1b;
const bell = 0x07;
const newline = 0x0a;
const backslash = 0x5c;
const bracket = 0x5b;

export type UnitAt = (index: number) => number;

/** Index after the sequence whose escape character stands at `start`. */
export function sequenceEnd(at: UnitAt, start: number): number {
  const kind = at(start + 1);
  if (kind === bracket) return controlEnd(at, start + 2);
  if (isStringStart(kind)) return stringEnd(at, start + 2) ?? start + 2;
  let index = start + 1;
  while (isBetween(at(index), 0x20, 0x2f)) index++;
  return isBetween(at(index), 0x30, 0x7e) ? index + 1 : index;
}

function controlEnd(at: UnitAt, from: number): number {
  let index = from;
  while (isBetween(at(index), 0x30, 0x3f)) index++;
  while (isBetween(at(index), 0x20, 0x2f)) index++;
  return isBetween(at(index), 0x40, 0x7e) ? index + 1 : index;
}

/** `]`, `P`, `X`, `^`, `_`. */
function isStringStart(unit: number): boolean {
  return unit === 0x5d || unit === 0x50 || unit === 0x58 || unit === 0x5e || unit === 0x5f;
}

function stringEnd(at: UnitAt, from: number): number | null {
  for (let index = from; ; index++) {
    const unit = at(index);
    if (unit === bell) return index + 1;
    if (unit === escapeUnit) return at(index + 1) === backslash ? index + 2 : null;
    if (unit < 0 || unit === newline) return null;
  }
}

function isBetween(unit: number, low: number, high: number): boolean {
  return unit >= low && unit <= high;
}

/** Calls `keep` for every stretch of `text` that is no escape sequence, in order. */
export function eachKept(text: string, keep: (from: number, to: number) => void): void {
  const at = (index: number) => (index < text.length ? text.charCodeAt(index) : -1);
  let from = 0;
  for (let found = text.indexOf('\u001b'); found >= 0; found = text.indexOf('\u001b', from)) {
    if (found > from) keep(from, found);
    from = sequenceEnd(at, found);
  }
  if (from < text.length) keep(from, text.length);
}

/** The text without its escape sequences; all other characters stay. */
export function stripEscapes(text: string): string {
  if (!text.includes('\u001b')) return text;
  const parts: string[] = [];
  eachKept(text, (from, to) => parts.push(text.slice(from, to)));
  return parts.join('');
}
