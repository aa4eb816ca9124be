/**
 * Removes whatever a build made: folders nobody may read, trees deeper than any path may be long, names that are no text. No link is
 * followed, and no step of it blocks the agent for long.
 */
import { chmodSync, lstatSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { type FolderHandle, openFolder } from './folder-handle.ts';
import type { Pace } from './pace.ts';

/** A folder below this is moved up first, so that few are open at a time however deep the tree is. */
const deepest = 24;
const ownerRights = 0o700;

/**
 * Removes all but the entries `keep`; gives how many that were. Rejects with the system's error for what cannot be removed, and
 * when anything else is left.
 */
export async function emptyFolder(path: string, pace: Pace, keep: readonly string[] = []): Promise<number> {
  chmodSync(path, ownerRights);
  const root = openFolder(path);
  try {
    const removed = await clearFolder(root, pace, keep);
    const left = root.names().find((name) => !keep.includes(name));
    if (left !== undefined) {
      throw Object.assign(new Error(`ENOTEMPTY: "${left}" is still there`), { code: 'ENOTEMPTY' });
    }
    return removed;
  } finally {
    root.close();
  }
}

/** Removes one entry with all below it; gives how many that were, 0 when it is not there. */
export async function removeEntry(parent: FolderHandle, name: string, pace: Pace): Promise<number> {
  const leaf = removeLeaf(parent, name);
  if (leaf !== 'not empty') return leaf === 'removed' ? 1 : 0;
  const folder = parent.open(name);
  try {
    const below = await clearFolder(folder, pace);
    rmdirSync(parent.at(name));
    return below + 1;
  } finally {
    folder.close();
  }
}

async function clearFolder(root: FolderHandle, pace: Pace, keep: readonly string[] = []): Promise<number> {
  let removed = 0;
  let lifted = 0;

  async function clear(folder: FolderHandle, depth: number): Promise<void> {
    for (const name of folder.names()) {
      await pace.breathe();
      if (folder === root && keep.includes(name)) continue;
      const leaf = removeLeaf(folder, name);
      if (leaf === 'removed') removed++;
      else if (leaf === 'not empty') await clearBelow(folder, name, depth);
    }
  }

  async function clearBelow(parent: FolderHandle, name: string, depth: number): Promise<void> {
    if (depth >= deepest) {
      renameSync(parent.at(name), root.at(`.croft-lifted-${lifted++}`));
      return;
    }
    const folder = parent.open(name);
    try {
      await clear(folder, depth + 1);
    } finally {
      folder.close();
    }
    rmdirSync(parent.at(name));
    removed++;
  }

  // Again while there was something to do: what is lifted comes to the root while the root is being cleared.
  for (let before = -1; removed + lifted > before; ) {
    before = removed + lifted;
    await clear(root, 0);
  }
  return removed;
}

/** A folder that has something in it is left, with the rights to look into it and change it. */
function removeLeaf(folder: FolderHandle, name: string): 'removed' | 'not there' | 'not empty' {
  const path = folder.at(name);
  const unlinked = unlinkUnlessFolder(path);
  if (unlinked !== 'folder') return unlinked;
  const { mode } = lstatSync(path);
  if ((mode & ownerRights) !== ownerRights) chmodSync(path, ownerRights);
  try {
    rmdirSync(path);
    return 'removed';
  } catch {
    // Not empty, most likely; whatever else it is shows again when the folder goes after its content.
    return 'not empty';
  }
}

/** Asks to remove it before asking what it is: most entries of a tree are files. */
function unlinkUnlessFolder(path: Buffer): 'removed' | 'not there' | 'folder' {
  try {
    unlinkSync(path);
    return 'removed';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'not there';
    // Linux says EISDIR of a folder, POSIX EPERM.
    const mayBeFolder = code === 'EISDIR' || code === 'EPERM';
    if (mayBeFolder && lstatSync(path).isDirectory()) return 'folder';
    throw error;
  }
}
