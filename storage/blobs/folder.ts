/** Blobs in a folder: written to a temporary file, synced, and only then linked to their name, which is never changed again. */
import { constants } from 'node:fs';
import { link, mkdir, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { BlobInfo, BlobStore } from '../../core/blobs/ports.ts';
import { type Descriptor, openDescriptor } from '../disk/descriptor.ts';
import { systemCode, translateDiskError } from '../disk/errors.ts';
import { syncFolder } from '../disk/sync-folder.ts';
import { inLargerChunks, untilAborted } from './content.ts';
import { pathOfKey, temporaryFolder } from './folder-layout.ts';
import { listKeys } from './folder-list.ts';
import { blobMissing } from './missing.ts';

/** Bytes that one system call moves. */
const chunkBytes = 256 * 1024;

/** The folder of another process, which may be writing to it: what is there can be read and removed. */
export type LookedAtBlobs = Pick<BlobStore, 'get' | 'stat' | 'list' | 'remove'>;

export function lookAtFolderBlobs(root: string): LookedAtBlobs {
  return readingPart(root);
}

/**
 * Opens the folder, and makes it when it is not there. It belongs to one process: what another left half written is removed
 * here. The file system has to have hard links.
 */
export async function openFolderBlobs(root: string): Promise<BlobStore> {
  const temporary = join(root, temporaryFolder);
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  const reading = readingPart(root);
  const statOf = reading.stat;
  const foldersMade = new Set<string>();
  let files = 0;

  async function makeFolder(folder: string): Promise<void> {
    if (foldersMade.has(folder)) return;
    const firstMade = await mkdir(folder, { recursive: true, mode: 0o700 });
    if (firstMade !== undefined) {
      for (let made = folder; made.length >= firstMade.length; made = dirname(made)) {
        await syncFolder(dirname(made));
      }
    }
    foldersMade.add(folder);
  }

  /** False when the key is taken. */
  async function publish(file: string, key: string): Promise<boolean> {
    const { folder, file: target } = pathOfKey(root, key);
    await makeFolder(folder);
    try {
      await link(file, target);
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false;
      throw error;
    }
    await syncFolder(folder);
    return true;
  }

  const put: BlobStore['put'] = async (key, content, options = {}) => {
    const there = await statOf(key);
    if (there !== null) return { bytes: there.bytes, existed: true };
    files++;
    const file = join(temporary, String(files));
    const doing = `store the blob "${key}"`;
    try {
      const bytes = await writeTemporary(file, untilAborted(content, options.signal), doing);
      if (await publish(file, key)) return { bytes, existed: false };
      return { bytes: (await statOf(key))?.bytes ?? bytes, existed: true };
    } catch (error) {
      throw systemCode(error) === null ? error : translateDiskError(error, doing);
    } finally {
      await rm(file, { force: true });
    }
  };

  return { ...reading, put };
}

function readingPart(root: string): LookedAtBlobs {
  async function statOf(key: string): Promise<BlobInfo | null> {
    const { file } = pathOfKey(root, key);
    try {
      const { size, mtimeMs } = await stat(file);
      return { key, bytes: size, modifiedAt: Math.floor(mtimeMs) };
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return null;
      throw translateDiskError(error, `look at the blob "${key}"`);
    }
  }

  return {
    get: (key, range) => readRange(pathOfKey(root, key).file, key, range),
    stat: statOf,
    async remove(key) {
      try {
        await unlink(pathOfKey(root, key).file);
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw translateDiskError(error, `remove the blob "${key}"`);
      }
    },
    async *list(prefix) {
      for await (const key of listKeys(root, prefix)) {
        const info = await statOf(key);
        // Removed since its folder was read.
        if (info !== null) yield info;
      }
    },
  };
}

/** The errors of `content` are its own and pass through as they are. */
async function writeTemporary(
  file: string,
  content: AsyncIterable<Uint8Array>,
  doing: string,
): Promise<number> {
  let bytes = 0;
  const handle = await openDescriptor(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
  try {
    for await (const chunk of inLargerChunks(content, chunkBytes)) {
      await onDisk(doing, () => handle.write(chunk, bytes));
      bytes += chunk.byteLength;
    }
    await onDisk(doing, () => handle.sync());
  } finally {
    await handle.close();
  }
  return bytes;
}

async function onDisk(doing: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    throw translateDiskError(error, doing);
  }
}

async function* readRange(
  file: string,
  key: string,
  range: { readonly from: number; readonly to?: number } = { from: 0 },
): AsyncGenerator<Uint8Array> {
  const handle = await openForReading(file, key);
  try {
    const size = await handle.size();
    const end = Math.min(range.to ?? size, size);
    for (let position = range.from; position < end; ) {
      const chunk = new Uint8Array(Math.min(chunkBytes, end - position));
      const bytesRead = await handle.read(chunk, position).catch((error: unknown) => {
        throw translateDiskError(error, `read the blob "${key}"`);
      });
      if (bytesRead === 0) throw shortened(key);
      yield chunk.subarray(0, bytesRead);
      position += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

async function openForReading(file: string, key: string): Promise<Descriptor> {
  try {
    return await openDescriptor(file, constants.O_RDONLY);
  } catch (error) {
    throw systemCode(error) === 'ENOENT'
      ? blobMissing(key)
      : translateDiskError(error, `read the blob "${key}"`);
  }
}

function shortened(key: string): FarmError {
  return new FarmError('storage_failed', `The stored object "${key}" became shorter while it was read`, {
    blame: 'farm',
    details: { key },
  });
}
