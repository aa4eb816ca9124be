/**
 * HOME and TMPDIR of the runs of a slot, two folders in its work folder. Most builds touch neither, so those that are as they were made
 * are left for the next lease: making and removing folders is what trivial builds would spend their time on.
 */
import { lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { homeFolder, temporaryFolder } from '../runs/environment.ts';

export interface HomeFolders {
  /** Makes those that are missing. */
  make(): void;
  /** Names of those that are empty, and whose content, mode and attributes nobody has changed since they were made. */
  untouched(): readonly string[];
}

/** Of the inode: which one, and when anything about it changed last. */
interface Made {
  readonly inode: bigint;
  readonly changedAt: bigint;
}

export function createHomeFolders(workDir: string): HomeFolders {
  const made = new Map<string, Made>();

  function look(name: string): (Made & { readonly isFolder: boolean }) | undefined {
    const entry = lstatSync(join(workDir, name), { bigint: true, throwIfNoEntry: false });
    if (entry === undefined) return undefined;
    return { inode: entry.ino, changedAt: entry.ctimeNs, isFolder: entry.isDirectory() };
  }

  function isUntouched(name: string): boolean {
    const before = made.get(name);
    const now = look(name);
    if (before === undefined || now?.isFolder !== true) return false;
    if (before.inode !== now.inode || before.changedAt !== now.changedAt) return false;
    // Times may be too coarse to tell a change from the making.
    return readdirSync(join(workDir, name)).length === 0;
  }

  return {
    make() {
      for (const name of [homeFolder, temporaryFolder]) {
        if (look(name) !== undefined) continue;
        mkdirSync(join(workDir, name), { recursive: true });
        const now = look(name);
        if (now !== undefined) made.set(name, now);
      }
    },
    untouched: () => [homeFolder, temporaryFolder].filter(isUntouched),
  };
}
