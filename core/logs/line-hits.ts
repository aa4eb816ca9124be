/** Runs a matcher over a batch of lines and finds the log's own line for every hit. */
import type { LineBatch } from './line-batches.ts';
import { countNewlines, findNthNewline } from './newlines.ts';
import { nowhere, paused } from './regex/line-scanner.ts';
import { searchText } from './search-text.ts';
import type { RawLine } from './windows.ts';

export interface LineHit {
  readonly raw: RawLine;
  /** The line as the matcher saw it. */
  readonly text: Uint8Array;
}

/** The matcher has worked for long: all lines before this one are done. */
export interface Paused {
  readonly pausedIn: number;
}

export interface Matcher {
  /** Some place in the first line at or after `from` (the start of a line) that matches; `nowhere`; or `paused`. */
  next(text: Uint8Array, from: number): number;
  readonly pausedAt: number;
}

const newline = 10;

export function* lineHits(batch: LineBatch, matcher: Matcher): Generator<LineHit | Paused> {
  const text = searchText(batch.bytes);
  // Both stand at the start of the same line, in the text and in the batch.
  let textAt = 0;
  let batchAt = 0;
  let number = batch.line;

  function goTo(start: number): void {
    const skipped = countNewlines(text, textAt, start);
    if (skipped > 0) batchAt = findNthNewline(batch.bytes, skipped, batchAt) + 1;
    number += skipped;
    textAt = start;
  }

  for (let from = 0; from < text.length; ) {
    const hit = matcher.next(text, from);
    if (hit === nowhere) return;
    goTo(startOfLine(text, hit === paused ? matcher.pausedAt : hit));
    if (hit === paused) {
      yield { pausedIn: number };
      continue;
    }
    const end = text.indexOf(newline, hit);
    from = end + 1;
    yield { raw: rawLine(batch, batchAt, number), text: text.subarray(textAt, end) };
  }
}

/** Of the line that holds the byte at `at`, its newline included. */
function startOfLine(text: Uint8Array, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf(newline, at - 1) + 1;
}

function rawLine({ bytes, offset }: LineBatch, from: number, number: number): RawLine {
  const found = bytes.indexOf(newline, from);
  const end = found < 0 ? bytes.length : found;
  return { bytes, from, end, hasNewline: found >= 0, number, offset: offset + from };
}
