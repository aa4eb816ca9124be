/** Archives for tests, also such as no honest tool writes. */
import { gzipSync } from 'node:zlib';
import { padding, type TarHeader, tarEnd, tarHeader } from '../../agent/files/tar-header.ts';

export interface Entry extends Partial<Omit<TarHeader, 'bytes'>> {
  readonly name: string;
  readonly content?: string | Uint8Array;
  /** Type flag of the plain header, for kinds that our own packer does not write. */
  readonly flag?: string;
}

export function tarOf(entries: readonly Entry[]): Buffer {
  return Buffer.concat([...entries.map(entryOf), tarEnd()]);
}

export function tgzOf(entries: readonly Entry[]): Buffer {
  return gzipSync(tarOf(entries));
}

function entryOf(entry: Entry): Buffer {
  const content = Buffer.from(entry.content ?? '');
  const header = tarHeader({
    type: 'file',
    mode: 0o644,
    modifiedAt: 1_700_000_000,
    ...entry,
    bytes: content.length,
  });
  if (entry.flag !== undefined) setFlag(header.subarray(-512), entry.flag);
  return Buffer.concat([header, content, padding(content.length)]);
}

function setFlag(block: Buffer, flag: string): void {
  block.write(flag, 156, 'latin1');
  block.fill(' ', 148, 156);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

/** The bytes in pieces of a size that fits nothing. */
export async function* inPieces(bytes: Uint8Array, size = 700): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
