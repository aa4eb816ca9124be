/**
 * Text that keeps its bytes: a byte that is not part of valid UTF-8 becomes a lone surrogate U+DC80 to U+DCFF (as in Python's PEP 383)
 * and is written back as the byte that it was. So a file in an old encoding passes through unchanged.
 */
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export function decodeBytes(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    // Not valid as a whole: what is valid in it is kept, byte by byte.
    return decodePieces(bytes);
  }
}

function decodePieces(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    text +=
      length === 0
        ? String.fromCharCode(0xdc00 + (bytes[at] ?? 0))
        : strict.decode(bytes.subarray(at, at + length));
    at += Math.max(length, 1);
  }
  return text;
}

/** Bytes of the character that begins at `at`; 0 when none does. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) return 0;
  for (let next = 1; next < length; next++) if (((bytes[at + next] ?? 0) & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1] ?? 0;
  // Longer than needed, a surrogate, or beyond U+10FFFF.
  if (first === 0xe0 && second < 0xa0) return 0;
  if (first === 0xed && second > 0x9f) return 0;
  if (first === 0xf0 && second < 0x90) return 0;
  if (first === 0xf4 && second > 0x8f) return 0;
  return length;
}

const escapedByte = /[\ud800-\udbff][\udc00-\udfff]|[\udc80-\udcff]/g;
const surrogate = /[\ud800-\udfff]/;

/** The inverse of `decodeBytes`. */
export function encodeText(text: string): Uint8Array {
  if (!surrogate.test(text)) return encoder.encode(text);
  const pieces: number[] = [];
  let from = 0;
  function add(piece: string): void {
    for (const byte of encoder.encode(piece)) pieces.push(byte);
  }
  for (const match of text.matchAll(escapedByte)) {
    if (match[0].length === 2) continue;
    add(text.slice(from, match.index));
    pieces.push(match[0].charCodeAt(0) - 0xdc00);
    from = match.index + 1;
  }
  add(text.slice(from));
  return Uint8Array.from(pieces);
}

/** Orders by the bytes of the texts; JavaScript's `<` compares UTF-16, which puts U+E000 after an emoji. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (!surrogate.test(a) && !surrogate.test(b)) return a < b ? -1 : 1;
  const left = encodeText(a);
  const right = encodeText(b);
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Characters as Go counts them: code points, and one for each byte that is not text. */
export function runeCount(text: string): number {
  if (!surrogate.test(text)) return text.length;
  let count = 0;
  for (const _ of text) count++;
  return count;
}
