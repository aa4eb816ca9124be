/** Reading and writing one open file in chunks. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  read,
  readSync,
  type Stats,
  write,
  writeSync,
} from 'node:fs';
import { invalidInput } from '../wire/farm-error.ts';
import type { FolderHandle } from './folder-handle.ts';

const chunkBytes = 128 * 1024;
/** Up to this is read and written at once: a trip through the thread pool costs more. */
const smallBytes = 16 * 1024;

export interface OpenFile {
  readonly stats: Stats;
  /** Its bytes as long as it had when it was opened, or fewer if it shrinks. */
  chunks(): AsyncGenerator<Uint8Array>;
  close(): void;
}

/** Throws `invalid_input` for what is no plain file. A pipe or device in its place does not hang the agent. */
export function openToRead(folder: FolderHandle, name: string, field: string): OpenFile {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = openSync(folder.at(name), flags);
  const stats = fstatSync(file);
  if (!stats.isFile()) {
    closeSync(file);
    throw invalidInput(field, 'Is not a plain file');
  }
  return { stats, chunks: () => chunksOf(file, stats.size), close: () => closeSync(file) };
}

/** The first `size` bytes of an open file, or fewer if it has fewer. */
export async function* chunksOf(file: number, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; ) {
    const chunk = await readSome(file, at, Math.min(chunkBytes, size - at));
    if (chunk.length === 0) return;
    at += chunk.length;
    yield chunk;
  }
}

/** A file that is not there yet; throws EEXIST when something is. */
export function createFile(folder: FolderHandle, name: string): number {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  return openSync(folder.at(name), flags, 0o600);
}

/** At the end of what was written before; one caller at a time. */
export async function writeAll(file: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += await writeSome(file, bytes.subarray(at));
}

/** At the end of what was written before; gives how many bytes were taken. */
export function writeSome(file: number, bytes: Uint8Array): Promise<number> | number {
  if (bytes.length <= smallBytes) return writeSync(file, bytes, 0, bytes.length, null);
  return new Promise((resolve, reject) => {
    write(file, bytes, 0, bytes.length, null, (error, written) => {
      if (error === null) resolve(written);
      else reject(error);
    });
  });
}

/** Up to `length` bytes from `position`; none at the end. */
export function readSome(file: number, position: number, length: number): Promise<Uint8Array> | Uint8Array {
  if (length <= smallBytes) {
    const buffer = new Uint8Array(length);
    return buffer.subarray(0, readSync(file, buffer, 0, length, position));
  }
  return new Promise((resolve, reject) => {
    const buffer = new Uint8Array(length);
    read(file, buffer, 0, length, position, (error, bytes) => {
      if (error === null) resolve(buffer.subarray(0, bytes));
      else reject(error);
    });
  });
}
