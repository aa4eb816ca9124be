/** Chunks of a sealed log (`seal-format.ts`): zstd frames, checked when they are read. */
import { constants, crc32, zstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { FarmError } from '../../agent/wire/farm-error.ts';

/** Measured on build logs: level 1 is as small as 3 to within a few per cent and a quarter faster. */
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

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

/** For what has its checksum elsewhere. */
export function expand(id: string, frame: Uint8Array, rawBytes: number): Uint8Array {
  let raw: Uint8Array;
  try {
    raw = zstdDecompressSync(frame, { maxOutputLength: Math.max(1, rawBytes) });
  } catch (error) {
    throw damaged(id, 'a part of it can not be decompressed', error);
  }
  if (raw.length !== rawBytes) throw damaged(id, 'a part of it has the wrong length');
  return raw;
}

export function compress(raw: Uint8Array): Uint8Array {
  return zstdCompressSync(raw, compression);
}

export function damaged(id: string, what: string, cause?: unknown): FarmError {
  return new FarmError('storage_failed', `The stored log "${id}" is damaged: ${what}`, {
    blame: 'farm',
    ...(cause === undefined ? {} : { cause }),
  });
}
