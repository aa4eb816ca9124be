/** Moves a tree to where it belongs, entry by entry where something is there already: folders are joined, all else is replaced. */
import { chmodSync, lstatSync, renameSync } from 'node:fs';
import type { FolderHandle } from './folder-handle.ts';
import type { Pace } from './pace.ts';
import { removeEntry } from './remove-tree.ts';
import type { FolderMode } from './stage.ts';

/** Moves what is in `from` into `to`; both are open and on one disk. */
export async function mergeInto(from: FolderHandle, to: FolderHandle, pace: Pace): Promise<void> {
  for (const name of from.names()) {
    await pace.breathe();
    const there = lstatSync(to.at(name), { throwIfNoEntry: false });
    const isFolder = lstatSync(from.at(name)).isDirectory();
    if (there?.isDirectory() === true && isFolder) {
      await joinFolders(from, to, name, pace);
      continue;
    }
    // A rename replaces a file by a file; a folder on either side has to go first.
    if (there !== undefined && (isFolder || there.isDirectory())) await removeEntry(to, name, pace);
    renameSync(from.at(name), to.at(name));
  }
}

async function joinFolders(from: FolderHandle, to: FolderHandle, name: string, pace: Pace): Promise<void> {
  const source = from.open(name);
  try {
    const target = to.open(name);
    try {
      await mergeInto(source, target, pace);
    } finally {
      target.close();
    }
  } finally {
    source.close();
  }
  chmodSync(to.at(name), lstatSync(from.at(name)).mode & 0o777);
}

/** Closes folders that were kept open until now; deepest first. */
export function closeFolders(root: FolderHandle, folders: readonly FolderMode[]): void {
  for (const { names, mode } of folders) {
    const open: FolderHandle[] = [];
    try {
      let at = root;
      for (const name of names.slice(0, -1)) {
        at = at.open(name);
        open.push(at);
      }
      chmodSync(at.at(names.at(-1) ?? ''), mode);
    } finally {
      for (const folder of open) folder.close();
    }
  }
}
