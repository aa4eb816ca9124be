/** The log files of the parts: bounded, and read back for the last thing a part said. */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  statSync,
  truncateSync,
} from 'node:fs';

/** A part's log is moved to `FILE.1` when it is larger than this, so both together take twice as much at most. */
export const partLogBytes = 8 * 1024 * 1024;
const tailBytes = 8 * 1024;
/** How our programs say why they end, and how a runtime does. */
const isMessage = /^(?:croft|agent): |^\w*Error: |^error: /;
/** What a runtime writes after its message: the stack and its own version. */
const isTrailer = /^\s+at |^Bun v\d|^Node\.js v\d/;

/**
 * Copies a log that is too large to `FILE.1` and empties it. The part keeps the file open for appending, which is why it can't
 * be renamed; a line that is written between the two steps may be lost.
 */
export function rotateLog(file: string, limit = partLogBytes): boolean {
  if (logSize(file) <= limit) return false;
  copyFileSync(file, `${file}.1`);
  truncateSync(file, 0);
  return true;
}

export function logSize(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}

/**
 * The last words that were written after `from` bytes, for people: what a program said of its end, else its last line (of JSON
 * the message). Null when there is none.
 */
export function lastLine(file: string, from: number): string | null {
  const lines = tailOf(file, from)
    .split('\n')
    .filter((line) => line.trim() !== '' && !isTrailer.test(line));
  const last = lines.findLast((line) => isMessage.test(line)) ?? lines.at(-1);
  return last === undefined ? null : readable(last.trim());
}

function tailOf(file: string, from: number): string {
  if (!existsSync(file)) return '';
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    // Rotated meanwhile: all that is there is new.
    const start = Math.max(from > size ? 0 : from, size - tailBytes);
    const buffer = new Uint8Array(size - start);
    const read = readSync(handle, buffer, 0, buffer.length, start);
    return new TextDecoder().decode(buffer.subarray(0, read));
  } finally {
    closeSync(handle);
  }
}

function readable(line: string): string {
  if (!line.startsWith('{')) return line.slice(0, 500);
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return line.slice(0, 500);
    const fields = new Map<string, unknown>(Object.entries(value));
    const parts = [fields.get('event'), fields.get('message') ?? fields.get('error')];
    const text = parts.filter((part) => typeof part === 'string').join(': ');
    return text === '' ? line.slice(0, 500) : text;
  } catch {
    // Cut off, or not JSON after all: shown as it is.
    return line.slice(0, 500);
  }
}
