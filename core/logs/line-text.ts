/** From the bytes of a line to its text: without its newline, cut at a limit. */
import { logLimits } from './limits.ts';

const { lineBytes } = logLimits;
const carriageReturn = 13;

/** Bytes of a line that are enough to know its text, when no newline is among them. */
export const enoughBytes = lineBytes + 8;

export interface TextEnd {
  /** Index after the last byte of the text. */
  readonly end: number;
  readonly cut: boolean;
}

/**
 * Where the text ends of a line that goes from `from` to before `lineEnd` (its newline, when `hasNewline`). A carriage return
 * before the newline belongs to the newline. The cut tears no character apart and leaves no carriage return at the end.
 */
export function textEnd(bytes: Uint8Array, from: number, lineEnd: number, hasNewline: boolean): TextEnd {
  const hasReturn = hasNewline && lineEnd > from && bytes[lineEnd - 1] === carriageReturn;
  const end = hasReturn ? lineEnd - 1 : lineEnd;
  if (end - from <= lineBytes) return { end, cut: false };
  let cutAt = from + lineBytes;
  for (let back = 0; back < 3 && isContinuation(bytes[cutAt]); back++) cutAt--;
  while (cutAt > from && bytes[cutAt - 1] === carriageReturn) cutAt--;
  return { end: cutAt, cut: true };
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

// A byte order mark in the middle of a log is a character like any other.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** What is no UTF-8 becomes U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
