import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../disk/errors.ts';

/** Where git keeps locks and half-written packs in a bare repository, and whether folders below have them too. */
const places = [
  { folder: '.', deep: false },
  { folder: 'refs', deep: true },
  { folder: 'objects/info', deep: true },
  { folder: 'objects/pack', deep: false },
] as const;

/** No branch can be called `x.lock`, so every such file is a lock. */
const leftover = /\.lock$|^tmp_|^gc\.pid$/;

/** Removes what a git that was killed left behind, which would stop every later one. Nothing may work on the mirror meanwhile. */
export async function removeLeftovers(gitDir: string): Promise<void> {
  for (const { folder, deep } of places) {
    const base = join(gitDir, folder);
    for (const name of await namesIn(base, deep)) {
      const last = name.slice(name.lastIndexOf('/') + 1);
      if (leftover.test(last)) await rm(join(base, name), { recursive: true, force: true });
    }
  }
}

async function namesIn(folder: string, recursive: boolean): Promise<string[]> {
  try {
    return await readdir(folder, { recursive });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
