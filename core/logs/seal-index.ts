/** The index of a sealed log, see `seal-format.ts`. */
import { createByteReader, createByteWriter } from './byte-coder.ts';
import { decodeText } from './line-text.ts';
import { createFixedMarks, type TimeMarks } from './time-marks.ts';

export interface Problem {
  readonly line: number;
  readonly offset: number;
  readonly text: string;
  readonly cut: boolean;
}

export interface ChunkEntry {
  readonly frameBytes: number;
  readonly newlines: number;
  readonly crc: number;
}

export interface SealedIndex {
  readonly bytes: number;
  readonly newlines: number;
  readonly endsInNewline: boolean;
  readonly chunks: readonly ChunkEntry[];
  readonly marks: TimeMarks;
  readonly problems: readonly Problem[];
}

export function encodeIndex(index: SealedIndex): Uint8Array {
  const writer = createByteWriter();
  for (const chunk of index.chunks) {
    writer.varint(chunk.frameBytes);
    writer.varint(chunk.newlines);
    writer.uint32(chunk.crc);
  }
  writer.varint(index.marks.count);
  let offset = 0;
  let at = 0;
  for (let mark = 0; mark < index.marks.count; mark++) {
    writer.varint(index.marks.offset(mark) - offset);
    writer.signed(index.marks.at(mark) - at);
    offset = index.marks.offset(mark);
    at = index.marks.at(mark);
  }
  writer.varint(index.problems.length);
  for (const problem of index.problems) {
    writer.varint(problem.line);
    writer.varint(problem.offset);
    writer.varint(problem.cut ? 1 : 0);
    const text = new TextEncoder().encode(problem.text);
    writer.varint(text.length);
    writer.bytes(text);
  }
  return writer.done();
}

/** What the footer says of the index. */
export interface IndexTotals {
  readonly bytes: number;
  readonly newlines: number;
  readonly endsInNewline: boolean;
  readonly chunks: number;
  /** Bytes of all frames together. */
  readonly frameBytes: number;
}

/** Throws a RangeError when it does not add up. */
export function decodeIndex(totals: IndexTotals, raw: Uint8Array): SealedIndex {
  const reader = createByteReader(raw);
  const chunks: ChunkEntry[] = [];
  for (let chunk = 0; chunk < totals.chunks; chunk++) {
    chunks.push({ frameBytes: reader.varint(), newlines: reader.varint(), crc: reader.uint32() });
  }
  const frameBytes = chunks.reduce((sum, chunk) => sum + chunk.frameBytes, 0);
  const newlines = chunks.reduce((sum, chunk) => sum + chunk.newlines, 0);
  if (frameBytes !== totals.frameBytes || newlines !== totals.newlines) {
    throw new RangeError('Its chunks do not add up to the log');
  }
  const offsets = new Float64Array(countOf(reader.varint(), reader.left));
  const times = new Float64Array(offsets.length);
  for (let mark = 0; mark < offsets.length; mark++) {
    offsets[mark] = (offsets[mark - 1] ?? 0) + reader.varint();
    times[mark] = (times[mark - 1] ?? 0) + reader.signed();
  }
  const problems: Problem[] = [];
  for (let left = countOf(reader.varint(), reader.left); left > 0; left--) {
    const [line, offset, cut] = [reader.varint(), reader.varint(), reader.varint() === 1];
    problems.push({ line, offset, cut, text: decodeText(reader.bytes(reader.varint())) });
  }
  const { bytes, endsInNewline } = totals;
  return { bytes, newlines, endsInNewline, chunks, marks: createFixedMarks(offsets, times), problems };
}

/** An entry takes a byte at least, so a larger count is none. */
function countOf(claimed: number, bytesLeft: number): number {
  if (claimed > bytesLeft) throw new RangeError('A number of entries is too large');
  return claimed;
}
