/** Mirrors as things that take room: what there is, how large and how long unused, and away with one. */
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { MirrorShelf } from '../../core/retention/ports.ts';
import type { KeptItem } from '../../core/retention/types.ts';
import { systemCode, translateDiskError } from '../disk/errors.ts';
import type { KeyedLock } from './keyed-lock.ts';
import { mirrorFolder, repoOfFolder } from './names.ts';

export interface ShelfDeps {
  readonly root: string;
  readonly lock: KeyedLock;
  /** Ends what reads in the folder. */
  readonly onRemove: (folder: string) => void;
}

export function createMirrorShelf({ root, lock, onRemove }: ShelfDeps): MirrorShelf {
  async function itemOf(folder: string): Promise<KeptItem | null> {
    const id = repoOfFolder(folder);
    const used = id === null ? null : await usedAt(join(root, folder));
    return id === null || used === null ? null : { id, at: used, bytes: await bytesIn(join(root, folder)) };
  }

  return {
    async list() {
      try {
        const items = [];
        for (const name of await readdir(root)) items.push(await itemOf(name));
        return items.filter((item) => item !== null);
      } catch (error) {
        throw translateDiskError(error, 'list the mirrors');
      }
    },
    async remove(repo, usedBefore) {
      const folder = mirrorFolder(repo);
      try {
        await lock.run(folder, async () => {
          const used = await usedAt(join(root, folder));
          if (used === null || used >= usedBefore) return;
          onRemove(folder);
          // Renamed first: half a mirror must never be taken for one.
          const doomed = join(root, `.removed-${folder}`);
          await rm(doomed, { recursive: true, force: true });
          await rename(join(root, folder), doomed);
          await rm(doomed, { recursive: true, force: true });
        });
      } catch (error) {
        throw translateDiskError(error, `remove the mirror of "${repo}"`);
      }
    },
  };
}

/** Every fetch sets the time of the folder. Null: no such mirror. */
async function usedAt(gitDir: string): Promise<number | null> {
  try {
    return Math.floor((await stat(gitDir)).mtimeMs);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    bytes += await stat(join(entry.parentPath, entry.name)).then(
      ({ size }) => size,
      // git removed it since.
      () => 0,
    );
  }
  return bytes;
}
