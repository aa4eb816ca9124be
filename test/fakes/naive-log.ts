/** A log as a plain array of bytes: what every reader of `core/logs` is held against. Slow and simple on purpose. */
import type { LogLine, LogMatch } from '../../core/logs/index.ts';

export interface NaiveLine {
  readonly number: number;
  readonly offset: number;
  readonly text: string;
  readonly cut: boolean;
}

const lineLimit = 16 * 1024;

export function naiveLines(bytes: Uint8Array): NaiveLine[] {
  const lines: NaiveLine[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const newline = bytes.indexOf(10, offset);
    const end = newline < 0 ? bytes.length : newline;
    const isReturn = newline > offset && bytes[end - 1] === 13;
    const content = bytes.subarray(offset, isReturn ? end - 1 : end);
    lines.push({ number: lines.length + 1, offset, ...naiveText(content) });
    offset = end + 1;
  }
  return lines;
}

function naiveText(content: Uint8Array): { text: string; cut: boolean } {
  if (content.length <= lineLimit) return { text: decode(content), cut: false };
  let length = lineLimit;
  while (length > lineLimit - 3 && ((content[length] ?? 0) & 0xc0) === 0x80) length--;
  return { text: decode(content.subarray(0, length)).replace(/\r+$/, ''), cut: true };
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

const escapeSource = '\\u001b';
const sequences = new RegExp(
  `${escapeSource}(?:\\[[0-?]*[ -/]*[@-~]?|[\\]PX^_](?:[^\\u0007${escapeSource}\\n]*(?:\\u0007|${escapeSource}\\\\))?|[ -/]*[0-~]?)`,
  'g',
);

export function naiveStrip(text: string): string {
  return text.replace(sequences, '');
}

/** The first match of every line that has one. */
export function naiveSearch(
  lines: readonly NaiveLine[],
  pattern: RegExp,
): { line: number; matched: string }[] {
  return lines.flatMap(({ number, text }) => {
    const match = pattern.exec(naiveStrip(text));
    return match === null ? [] : [{ line: number, matched: match[0] }];
  });
}

/** What a match of a search says, in the form of `naiveSearch`. */
export function matchedOf({ line, from, to }: LogMatch): { line: number; matched: string } {
  return { line: line.number, matched: naiveStrip(line.text.slice(from, to)) };
}

export function withoutTime({ number, offset, text, cut }: LogLine): NaiveLine {
  return { number, offset, text, cut };
}
