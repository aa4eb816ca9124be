/** Runs a matcher over a batch of lines and finds the log's own line for every hit. */
import type { LineBatch } from './line-batches.ts';
import { countNewlines, findNthNewline } from './newlines.ts';
import { searchText } from './search-text.ts';
import type { RawLine } from './windows.ts';

export interface LineHit {
  readonly raw: RawLine;
  /** The line as the matcher saw it. */
  readonly text: Uint8Array;
}

const newline = 10;

/** `next`: some place in the first line at or after `from` (the start of a line) that matches, or -1. */
export function* lineHits(
  batch: LineBatch,
  next: (text: Uint8Array, from: number) => number,
): Generator<LineHit> {
  const text = searchText(batch.bytes);
  // Both stand at the start of the same line, in the text and in the batch.
  let textAt = 0;
  let batchAt = 0;
  let number = batch.line;
  for (let from = 0; from < text.length; ) {
    const hit = next(text, from);
    if (hit < 0) return;
    const start = hit === 0 ? 0 : text.lastIndexOf(newline, hit - 1) + 1;
    const end = text.indexOf(newline, hit);
    const skipped = countNewlines(text, textAt, start);
    if (skipped > 0) batchAt = findNthNewline(batch.bytes, skipped, batchAt) + 1;
    number += skipped;
    textAt = start;
    from = end + 1;
    yield { raw: rawLine(batch, batchAt, number), text: text.subarray(start, end) };
  }
}

function rawLine({ bytes, offset }: LineBatch, from: number, number: number): RawLine {
  const found = bytes.indexOf(newline, from);
  const end = found < 0 ? bytes.length : found;
  return { bytes, from, end, hasNewline: found >= 0, number, offset: offset + from };
}
