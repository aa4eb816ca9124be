/** One file in, one file out. */
import { closeSync, fchmodSync, renameSync, unlinkSync } from 'node:fs';
import { toDiskError } from '../disk-errors.ts';
import type { Randomness } from '../kit/ids.ts';
import { FarmError } from '../wire/farm-error.ts';
import type { Result } from '../wire/protocol.ts';
import type { ByteSink, ByteSource } from '../wire/session.ts';
import { createMeter } from './digest.ts';
import type { FolderHandle } from './folder-handle.ts';
import { resolveInside, withParent } from './inside.ts';
import { createFile, openToRead, writeAll } from './open-file.ts';

/** Written beside its place and renamed, so that nobody ever sees half of it; its folders are made. */
export async function putFile(
  root: string,
  file: { readonly path: string; readonly mode: number },
  source: ByteSource,
  randomness: Randomness,
): Promise<Result<'file.put'>> {
  const names = resolveInside(root, file.path, 'path');
  return await withParent(root, names, { field: 'path', make: true }, async (parent, name) => {
    const temporary = `.croft-put-${Buffer.from(randomness.bytes(6)).toString('hex')}`;
    const meter = createMeter();
    try {
      await writeFile(parent, temporary, file.mode, source, meter.add);
      renameSync(parent.at(temporary), parent.at(name));
    } catch (error) {
      removeIfThere(parent, temporary);
      throw toDiskError(error, 'write a file');
    }
    return { bytes: meter.bytes, digest: meter.digest() };
  });
}

async function writeFile(
  folder: FolderHandle,
  name: string,
  mode: number,
  source: AsyncIterable<Uint8Array>,
  onChunk: (bytes: Uint8Array) => void,
): Promise<void> {
  const file = createFile(folder, name);
  try {
    for await (const chunk of source) {
      onChunk(chunk);
      await writeAll(file, chunk);
    }
    fchmodSync(file, mode & 0o777);
  } finally {
    closeSync(file);
  }
}

function removeIfThere(folder: FolderHandle, name: string): void {
  try {
    unlinkSync(folder.at(name));
  } catch {
    // It was never made, or the rename took it; what the lease leaves is removed with it in any case.
  }
}

/** Sends the file as it is when it is opened. Rejects with `conflict` when it shrinks meanwhile. */
export async function getFile(root: string, path: string, sink: ByteSink): Promise<Result<'file.get'>> {
  const names = resolveInside(root, path, 'path');
  return await withParent(root, names, { field: 'path', make: false }, async (parent, name) => {
    const file = openToRead(parent, name, 'path');
    const meter = createMeter();
    try {
      for await (const chunk of file.chunks()) {
        meter.add(chunk);
        await sink.write(chunk);
      }
    } finally {
      file.close();
    }
    if (meter.bytes < file.stats.size) {
      throw new FarmError('conflict', 'The file shrank while it was read', {
        blame: 'change',
        retry: 'same',
      });
    }
    sink.end();
    return { bytes: meter.bytes, digest: meter.digest(), mode: file.stats.mode & 0o777 };
  });
}
