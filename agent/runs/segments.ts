/**
 * An append-only byte sequence in files of fixed size, `PREFIX.out-000000` and so on: offset N is in file N / segmentBytes. Whole
 * files at the front can be dropped.
 */
import { closeSync, openSync, statSync } from 'node:fs';
import { readSome, writeSome } from '../files/open-file.ts';
import { noSpareFiles, type SpareFiles } from './spare-files.ts';

/** Which files of a sequence are there, and how long it is. */
export interface Extent {
  readonly firstFile: number;
  /** One past the last. */
  readonly endFile: number;
  readonly bytes: number;
}

export interface Segments {
  /** Where the bytes begin that are still there, and where they end. */
  readonly first: number;
  readonly end: number;
  /** One caller at a time. Rejects with the system's error; what was written before it counts. */
  append(bytes: Uint8Array): Promise<void>;
  /** Up to `limit` bytes from `offset`, at least one; none at the end and before `first`. */
  read(offset: number, limit: number, reader: SegmentReader): Promise<Uint8Array>;
  /** Removes files that lie wholly before `offset`; gives the bytes that this freed. */
  dropBefore(offset: number): number;
  closeWriter(): void;
  remove(): void;
}

/** A reader's open file, kept between its reads. */
export interface SegmentReader {
  file: number | undefined;
  index: number;
}

export function createSegments(
  prefix: string,
  segmentBytes: number,
  options: { readonly found?: Extent | undefined; readonly spare?: SpareFiles } = {},
): Segments {
  const { found, spare = noSpareFiles } = options;
  let firstFile = found?.firstFile ?? 0;
  let endFile = found?.endFile ?? 0;
  let end = found?.bytes ?? 0;
  let writer: { index: number; file: number } | undefined;

  const pathOf = (index: number): string => `${prefix}.out-${String(index).padStart(6, '0')}`;
  const first = (): number => firstFile * segmentBytes;

  function closeWriter(): void {
    if (writer !== undefined) closeSync(writer.file);
    writer = undefined;
  }

  function writerOf(index: number): number {
    if (writer?.index === index) return writer.file;
    closeWriter();
    if (index >= endFile) spare.place(pathOf(index));
    writer = { index, file: openSync(pathOf(index), 'a', 0o600) };
    endFile = Math.max(endFile, index + 1);
    return writer.file;
  }

  async function append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + segmentBytes - (end % segmentBytes));
      const written = await writeSome(writerOf(Math.floor(end / segmentBytes)), part);
      end += written;
      at += written;
    }
  }

  async function readAt(offset: number, limit: number, reader: SegmentReader): Promise<Uint8Array> {
    const index = Math.floor(offset / segmentBytes);
    const within = offset - index * segmentBytes;
    const length = Math.min(limit, end - offset, segmentBytes - within);
    if (length <= 0 || offset < first()) return new Uint8Array(0);
    if (reader.file === undefined || reader.index !== index) {
      closeReader(reader);
      reader.file = openSync(pathOf(index), 'r');
      reader.index = index;
    }
    return readSome(reader.file, within, length);
  }

  function dropBefore(offset: number): number {
    const before = first();
    while ((firstFile + 1) * segmentBytes <= Math.min(offset, end)) {
      spare.retire(pathOf(firstFile));
      firstFile++;
    }
    return first() - before;
  }

  return {
    get first() {
      return first();
    },
    get end() {
      return end;
    },
    append,
    read: readAt,
    dropBefore,
    closeWriter,
    remove() {
      closeWriter();
      for (; firstFile < endFile; firstFile++) spare.retire(pathOf(firstFile));
    },
  };
}

export function createSegmentReader(): SegmentReader {
  return { file: undefined, index: -1 };
}

export function closeReader(reader: SegmentReader): void {
  if (reader.file !== undefined) closeSync(reader.file);
  reader.file = undefined;
}

/** The extent of a sequence whose files, by number, are `indexes`; what follows a gap does not count. */
export function extentOf(prefix: string, segmentBytes: number, indexes: readonly number[]): Extent {
  const sorted = indexes.toSorted((left, right) => left - right);
  const firstFile = sorted[0] ?? 0;
  let endFile = firstFile;
  let bytes = firstFile * segmentBytes;
  for (const index of sorted) {
    if (index !== endFile || bytes !== index * segmentBytes) break;
    bytes += statSync(`${prefix}.out-${String(index).padStart(6, '0')}`).size;
    endFile++;
  }
  return { firstFile, endFile, bytes };
}
