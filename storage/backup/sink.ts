/** Where a backup goes: a folder, or one tar file. Both are there under their name only once they are whole. */
import { createHash } from 'node:crypto';
import { constants, createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { openDescriptor } from '../disk/descriptor.ts';
import { syncFolder } from '../disk/sync-folder.ts';

export interface BackupSink {
  /** Exactly `bytes` bytes. Gives their SHA-256, hex. */
  add(path: string, bytes: number, content: AsyncIterable<Uint8Array>): Promise<string>;
  /** Makes it whole and durable. */
  finish(): Promise<void>;
  /** Takes everything back. */
  abandon(): Promise<void>;
}

export async function createFolderSink(dir: string): Promise<BackupSink> {
  const growing = `${dir}.growing`;
  await rm(growing, { recursive: true, force: true });
  await mkdir(growing, { recursive: true, mode: 0o700 });
  const folders = new Set<string>([growing]);
  return {
    async add(path, _, content) {
      const file = join(growing, path);
      if (!folders.has(dirname(file))) await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      folders.add(dirname(file));
      return await writeFile(file, content);
    },
    async finish() {
      for (const folder of folders) await syncFolder(folder);
      await rename(growing, dir);
      await syncFolder(dirname(dir));
    },
    abandon: () => rm(growing, { recursive: true, force: true }),
  };
}

/** Writes and syncs a new file; gives the SHA-256 of what it wrote. */
export async function writeFile(file: string, content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  const handle = await openDescriptor(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
  try {
    let at = 0;
    for await (const chunk of content) {
      await handle.write(chunk, at);
      hash.update(chunk);
      at += chunk.byteLength;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

export async function createTarSink(file: string): Promise<BackupSink> {
  const growing = `${file}.growing`;
  await mkdir(dirname(file), { recursive: true });
  await rm(growing, { force: true });
  const tar = pack();
  const output = createWriteStream(growing, { mode: 0o600, flags: 'wx', flush: true });
  tar.pipe(output);
  const written = finished(output);
  // Whoever adds hears of it as well; it must not end the process before.
  written.catch(() => undefined);

  async function addEntry(path: string, bytes: number, content: AsyncIterable<Uint8Array>): Promise<string> {
    const hash = createHash('sha256');
    const entry = tar.entry({ name: path, size: bytes, mode: 0o600 });
    for await (const chunk of content) {
      hash.update(chunk);
      if (!entry.write(chunk)) await new Promise<void>((resolve) => entry.once('drain', () => resolve()));
    }
    entry.end(null);
    return hash.digest('hex');
  }

  return {
    add: (path, bytes, content) => Promise.race([addEntry(path, bytes, content), written.then(() => '')]),
    async finish() {
      tar.finalize();
      await written;
      await rename(growing, file);
      await syncFolder(dirname(file));
    },
    async abandon() {
      tar.destroy();
      output.destroy();
      await rm(growing, { force: true });
    },
  };
}
