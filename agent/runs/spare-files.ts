/**
 * Files of runs that are done with, emptied and kept for runs to come. A trivial run takes a millisecond, and on some disks making and
 * removing its files takes longer than that: ext4 without a journal looks at every inode that was freed in the last minutes.
 * A rename frees none.
 */
import { mkdirSync, readdirSync, renameSync, truncateSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

export interface SpareFiles {
  /** Puts an empty file at `path` if there is one to spare; else does nothing. */
  place(path: string): void;
  /** `path` is not needed any more. */
  retire(path: string): void;
}

export function openSpareFiles(folder: string, limit: number): SpareFiles {
  mkdirSync(folder, { recursive: true });
  const spare = readdirSync(folder);
  let serial = 0;
  return {
    place(path) {
      const name = spare.pop();
      if (name !== undefined) renameSync(join(folder, name), path);
    },
    retire(path) {
      if (spare.length >= limit) {
        unlinkSync(path);
        return;
      }
      // Emptied first: nobody may find the output of one run in the file of another.
      truncateSync(path, 0);
      const name = unused();
      renameSync(path, join(folder, name));
      spare.push(name);
    },
  };

  function unused(): string {
    while (spare.includes(String(serial))) serial++;
    return String(serial++);
  }
}

/** Makes and removes files as they come and go. */
export const noSpareFiles: SpareFiles = { place: () => undefined, retire: unlinkSync };
