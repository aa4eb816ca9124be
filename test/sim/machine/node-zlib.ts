/** Stands in for `node:zlib` in the bundle: what would come back from a thread comes back in the same turn. */
import { constants, crc32, createGunzip, createGzip, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

export { constants, crc32, createGunzip, createGzip, zstdCompressSync, zstdDecompressSync };

type Callback = (error: Error | null, result: Buffer) => void;

export function zstdCompress(
  raw: Uint8Array,
  options: Parameters<typeof zstdCompressSync>[1],
  callback: Callback,
): void {
  const result = zstdCompressSync(raw, options);
  queueMicrotask(() => callback(null, result));
}
