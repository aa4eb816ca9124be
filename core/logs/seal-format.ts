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
import { crc32 } from 'node:zlib';
import { compress, damaged, expand } from './chunk-codec.ts';
import { logLimits } from './limits.ts';
import { decodeIndex, encodeIndex, type IndexTotals, type SealedIndex } from './seal-index.ts';

export const headerMagic = new TextEncoder().encode('CROFTLOG');
const footerMagic = new TextEncoder().encode('CROFTEND');
export const footerBytes = 64;
const version = 1;
/** Of an index that a broken footer may claim. */
const largestIndexBytes = 256 * 1024 * 1024;

export interface Footer extends IndexTotals {
  readonly indexAt: number;
  readonly indexBytes: number;
  readonly indexRawBytes: number;
  readonly indexCrc: number;
}

/** Index and footer, to be written after the chunks; `at` is where they begin. */
export function encodeEnd(index: SealedIndex, at: number): Uint8Array {
  const raw = encodeIndex(index);
  const frame = compress(raw);
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
  const indexAt = Number(view.getBigUint64(16, true));
  const decoded: Footer = {
    indexCrc: view.getUint32(12, true),
    indexAt,
    frameBytes: indexAt - headerMagic.length,
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

export function openIndex(id: string, footer: Footer, frame: Uint8Array): SealedIndex {
  const raw = expand(id, frame, footer.indexRawBytes);
  if (crc32(raw) !== footer.indexCrc) throw damaged(id, 'its index has the wrong checksum');
  try {
    return decodeIndex(footer, raw);
  } catch (error) {
    throw damaged(id, 'its index does not add up', error);
  }
}
