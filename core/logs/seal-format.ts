/**
 * The sealed form of a log, version 1. Any window of a log of any length is read with at most four ranged reads: footer, index and the
 * one or two chunks that hold it.
 *
 *   magic      8 bytes  "CROFTLOG"
 *   chunks              one zstd frame for each 256 KiB of the log (the last may be shorter), in order
 *   index               one zstd frame, see below
 *   footer    64 bytes
 *
 * Footer, little-endian:
 *
 *    0  8 bytes  magic "CROFTEND"          32  u64  bytes of the log
 *    8  u32      version, 1                40  u64  newlines of the log
 *   12  u32      CRC-32 of the index, raw  48  u32  bytes of a chunk, raw
 *   16  u64      where the index begins    52  u32  number of chunks
 *   24  u32      bytes of the index        56  u32  1: the log ends in a newline
 *   28  u32      bytes of the index, raw   60  u32  CRC-32 of the 60 bytes before
 *
 * Index, in varints (`byte-coder.ts`) where nothing else is said:
 *
 *   for each chunk     bytes of its frame, newlines in it, CRC-32 of its raw bytes (u32)
 *   marks              their number; for each: offset and time (signed) as differences to the one before
 *   problems           their number; for each, best first: line number, offset, 1 if its text is cut, bytes of its text, the text
 *
 * Whatever does not add up is told as `storage_failed`: wrong bytes are never answered.
 */
import { constants, crc32, zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { FarmError } from '../../agent/wire/farm-error.ts';
import { createByteReader, createByteWriter } from './byte-coder.ts';
import { logLimits } from './limits.ts';
import { decodeText } from './line-text.ts';
import { createFixedMarks, type TimeMarks } from './time-marks.ts';

export const headerMagic = new TextEncoder().encode('CROFTLOG');
const footerMagic = new TextEncoder().encode('CROFTEND');
export const footerBytes = 64;
const version = 1;
/** Of an index that a broken footer may claim. */
const largestIndexBytes = 256 * 1024 * 1024;
/** Measured on build logs: level 1 is as small as 3 to within a few per cent and a quarter faster. */
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

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

export interface Footer {
  readonly bytes: number;
  readonly newlines: number;
  readonly endsInNewline: boolean;
  readonly chunks: number;
  readonly indexAt: number;
  readonly indexBytes: number;
  readonly indexRawBytes: number;
  readonly indexCrc: number;
}

/** Off the event loop. */
export function compressChunk(raw: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    zstdCompress(raw, compression, (error, frame) => (error === null ? resolve(frame) : reject(error)));
  });
}

/** Rejects whatever is not exactly the chunk that was sealed. */
export function expandChunk(id: string, frame: Uint8Array, rawBytes: number, crc: number): Uint8Array {
  const raw = expand(id, frame, rawBytes);
  if (crc32(raw) !== crc) throw damaged(id, 'a chunk has the wrong checksum');
  return raw;
}

function expand(id: string, frame: Uint8Array, rawBytes: number): Uint8Array {
  let raw: Uint8Array;
  try {
    raw = zstdDecompressSync(frame, { maxOutputLength: Math.max(1, rawBytes) });
  } catch (error) {
    throw damaged(id, 'a part of it can not be decompressed', error);
  }
  if (raw.length !== rawBytes) throw damaged(id, 'a part of it has the wrong length');
  return raw;
}

/** Index and footer, to be written after the chunks; `at` is where they begin. */
export function encodeEnd(index: SealedIndex, at: number): Uint8Array {
  const raw = encodeIndex(index);
  const frame = zstdCompressSync(raw, compression);
  const end = new Uint8Array(frame.length + footerBytes);
  end.set(frame);
  const footer = end.subarray(frame.length);
  footer.set(footerMagic);
  const view = new DataView(footer.buffer, footer.byteOffset, footerBytes);
  view.setUint32(8, version, true);
  view.setUint32(12, crc32(raw), true);
  view.setBigUint64(16, BigInt(at), true);
  view.setUint32(24, frame.length, true);
  view.setUint32(28, raw.length, true);
  view.setBigUint64(32, BigInt(index.bytes), true);
  view.setBigUint64(40, BigInt(index.newlines), true);
  view.setUint32(48, logLimits.blockBytes, true);
  view.setUint32(52, index.chunks.length, true);
  view.setUint32(56, index.endsInNewline ? 1 : 0, true);
  view.setUint32(60, crc32(footer.subarray(0, 60)), true);
  return end;
}

function encodeIndex(index: SealedIndex): Uint8Array {
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

export function decodeFooter(id: string, footer: Uint8Array): Footer {
  const isWhole = footer.length === footerBytes && footerMagic.every((byte, at) => footer[at] === byte);
  if (!isWhole) throw damaged(id, 'its footer is missing');
  const view = new DataView(footer.buffer, footer.byteOffset, footerBytes);
  if (crc32(footer.subarray(0, 60)) !== view.getUint32(60, true)) {
    throw damaged(id, 'its footer has the wrong checksum');
  }
  if (view.getUint32(8, true) !== version) {
    throw damaged(id, `it has version ${view.getUint32(8, true)}, this program reads ${version}`);
  }
  const decoded: Footer = {
    indexCrc: view.getUint32(12, true),
    indexAt: Number(view.getBigUint64(16, true)),
    indexBytes: view.getUint32(24, true),
    indexRawBytes: view.getUint32(28, true),
    bytes: Number(view.getBigUint64(32, true)),
    newlines: Number(view.getBigUint64(40, true)),
    chunks: view.getUint32(52, true),
    endsInNewline: view.getUint32(56, true) === 1,
  };
  const expected = Math.ceil(decoded.bytes / logLimits.blockBytes);
  const adds = view.getUint32(48, true) === logLimits.blockBytes && decoded.chunks === expected;
  if (!adds || decoded.indexRawBytes > largestIndexBytes) throw damaged(id, 'its footer does not add up');
  return decoded;
}

export function decodeIndex(id: string, footer: Footer, frame: Uint8Array): SealedIndex {
  const raw = expand(id, frame, footer.indexRawBytes);
  if (crc32(raw) !== footer.indexCrc) throw damaged(id, 'its index has the wrong checksum');
  try {
    return readIndex(footer, raw);
  } catch (error) {
    throw damaged(id, 'its index does not add up', error);
  }
}

function readIndex(footer: Footer, raw: Uint8Array): SealedIndex {
  const reader = createByteReader(raw);
  const chunks: ChunkEntry[] = [];
  for (let chunk = 0; chunk < footer.chunks; chunk++) {
    chunks.push({ frameBytes: reader.varint(), newlines: reader.varint(), crc: reader.uint32() });
  }
  const frameBytes = chunks.reduce((sum, chunk) => sum + chunk.frameBytes, 0);
  const newlines = chunks.reduce((sum, chunk) => sum + chunk.newlines, 0);
  if (headerMagic.length + frameBytes !== footer.indexAt || newlines !== footer.newlines) {
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
  const { bytes, endsInNewline } = footer;
  return { bytes, newlines, endsInNewline, chunks, marks: createFixedMarks(offsets, times), problems };
}

/** An entry takes a byte at least, so a larger count is none. */
function countOf(claimed: number, bytesLeft: number): number {
  if (claimed > bytesLeft) throw new RangeError('A number of entries is too large');
  return claimed;
}

export function damaged(id: string, what: string, cause?: unknown): FarmError {
  return new FarmError('storage_failed', `The stored log "${id}" is damaged: ${what}`, {
    blame: 'farm',
    ...(cause === undefined ? {} : { cause }),
  });
}
