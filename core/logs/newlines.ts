/** Counting and finding newlines, the inner loops of everything that knows lines. */
const newline = 10;

/**
 * Four bytes at a time: a byte of `same` is zero where the word has a newline, and the sum sets the high bit of every byte
 * that is not zero. Source: H. S. Warren, "Hacker's Delight", 2nd edition, 6-1.
 */
export function countNewlines(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let count = 0;
  let at = from;
  for (; at < to && ((bytes.byteOffset + at) & 3) !== 0; at++) if (bytes[at] === newline) count++;
  const words = (to - at) >> 2;
  if (words > 0) {
    count += countInWords(new Int32Array(bytes.buffer, bytes.byteOffset + at, words));
    at += words * 4;
  }
  for (; at < to; at++) if (bytes[at] === newline) count++;
  return count;
}

function countInWords(words: Int32Array): number {
  let count = 0;
  for (let at = 0; at < words.length; ) {
    // Each byte of the sum counts to 255 at most.
    const end = Math.min(words.length, at + 255);
    let sums = 0;
    for (; at < end; at++) {
      const same = (words[at] ?? 0) ^ 0x0a0a0a0a;
      const zero = ~(((same & 0x7f7f7f7f) + 0x7f7f7f7f) | same | 0x7f7f7f7f);
      sums = (sums + (zero >>> 7)) | 0;
    }
    count += (sums & 255) + ((sums >>> 8) & 255) + ((sums >>> 16) & 255) + (sums >>> 24);
  }
  return count;
}

/** Index of the `nth` newline (from 1) at or after `from`; -1 when there are fewer. */
export function findNthNewline(bytes: Uint8Array, nth: number, from = 0): number {
  let left = nth;
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === newline && --left === 0) return at;
  }
  return -1;
}
