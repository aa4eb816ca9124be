/** A tar stream, perhaps compressed, as a sequence of entries. */
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type Extract, extract as extractTar, type Header } from 'tar-stream';
import { FarmError, invalidInput, isFarmError } from '../wire/farm-error.ts';
import { byteName } from './folder-handle.ts';

export type Compression = 'none' | 'gzip';

export interface TarEntry {
  readonly kind: 'file' | 'folder' | 'link' | 'hard link';
  /** As bytes, see `folder-handle.ts`; not yet checked. */
  readonly name: string;
  /** Of a link: as bytes. */
  readonly target: string;
  readonly mode: number;
  readonly bytes: number;
  /** Milliseconds; 0 when the archive does not say. */
  readonly modifiedAt: number;
  /** All of it has to be read before the next entry comes. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Its types do not know this option. */
const byteNames: Parameters<typeof extractTar>[0] & { readonly filenameEncoding: string } = {
  filenameEncoding: 'latin1',
};

const kinds: Readonly<Record<string, TarEntry['kind']>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'folder',
  symlink: 'link',
  link: 'hard link',
};

/**
 * Calls `onEntry` for each entry in turn. Rejects with `invalid_input` for bytes that are no such archive, and otherwise with what
 * the source or `onEntry` reject with; the source is then read no further.
 */
export async function readTar(
  source: AsyncIterable<Uint8Array>,
  compression: Compression,
  onEntry: (entry: TarEntry) => Promise<void>,
): Promise<void> {
  const extract = extractTar(byteNames);
  const plain = compression === 'gzip' ? gunzip(source) : source;
  let cause: unknown;
  /** The first failure is the reason; the others only follow from it. */
  function stop(error: unknown): never {
    cause ??= error;
    extract.destroy(null);
    throw cause;
  }
  try {
    await Promise.all([
      feed(extract, plain).catch(stop),
      eachEntry(extract, (entry) => onEntry(entry).catch(stop)).catch(stop),
    ]);
  } catch {
    throw toArchiveError(cause);
  }
}

async function feed(extract: Extract, source: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of source) {
    if (extract.destroyed) return;
    if (!extract.write(chunk)) await room(extract);
  }
  extract.end(null);
}

/** Resolves when the extractor takes more, or is over. */
function room(extract: Extract): Promise<void> {
  return new Promise((resolve) => {
    if (extract.destroyed) {
      resolve();
      return;
    }
    function settle(): void {
      extract.off('drain', settle);
      extract.off('close', settle);
      resolve();
    }
    extract.on('drain', settle);
    extract.on('close', settle);
  });
}

async function eachEntry(extract: Extract, onEntry: (entry: TarEntry) => Promise<void>): Promise<void> {
  for await (const entry of extract) {
    const { header } = entry;
    const kind = kinds[header.type ?? ''];
    if (kind === undefined) {
      throw invalidInput(
        'archive',
        `Entry "${header.name}" has the unsupported type "${header.type ?? 'unknown'}"`,
      );
    }
    // Extended headers are text in UTF-8; plain ones are the bytes that they are.
    const path = extended(header, 'path');
    const linkpath = extended(header, 'linkpath');
    await onEntry({
      kind,
      name: path === undefined ? header.name : byteName(path),
      target: linkpath === undefined ? (header.linkname ?? '') : byteName(linkpath),
      mode: header.mode ?? 0o644,
      bytes: header.size ?? 0,
      modifiedAt: header.mtime?.getTime() ?? 0,
      content: entry as AsyncIterable<Uint8Array>,
    });
    entry.resume();
  }
}

function extended({ pax }: Header, key: string): string | undefined {
  if (typeof pax !== 'object' || pax === null) return undefined;
  const value: unknown = Reflect.get(pax, key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function gunzip(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const unzip = createGunzip();
  // What goes wrong is thrown by whoever reads from it.
  pipeline(Readable.from(source), unzip, () => undefined);
  return unzip;
}

function toArchiveError(error: unknown): unknown {
  if (isFarmError(error) || !(error instanceof Error)) return error;
  // An error of the system names the call that failed; what is left is said by the readers of tar and gzip.
  if ('syscall' in error) return error;
  // The reader keeps extended headers in memory, and bounds them.
  if (error.message === 'Header exceeds max size') {
    return new FarmError('too_large', 'The archive has an entry with a name of several megabytes', {
      blame: 'caller',
    });
  }
  return invalidInput('archive', error.message);
}
