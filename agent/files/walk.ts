/** Walks what a listing or an archive selects, through no link, in the order of the names. */
import { lstatSync, type Stats } from 'node:fs';
import type { FolderHandle } from './folder-handle.ts';
import { advanceGlob, beginGlob, type GlobState, isMatch } from './glob.ts';
import type { Pace } from './pace.ts';

export interface Walked {
  /** Below the folder where the walk began, as bytes, `/` between names. */
  readonly path: string;
  readonly name: string;
  readonly stats: Stats;
  /** Open until the next step. */
  readonly parent: FolderHandle;
}

export interface Selection {
  /** Undefined: everything. A selected folder brings all that is below it, if the walk is recursive. */
  readonly globs: readonly (readonly string[])[] | undefined;
  readonly recursive: boolean;
}

/** Below this a tree is not walked: each step holds a folder open. */
const deepest = 200;

export async function* walk(
  root: FolderHandle,
  selection: Selection,
  pace: Pace,
): AsyncGenerator<Walked, void, undefined> {
  const { globs, recursive } = selection;

  /** `state` undefined: all of it is selected. */
  async function* below(
    folder: FolderHandle,
    prefix: string,
    state: GlobState | undefined,
    depth: number,
  ): AsyncGenerator<Walked, void, undefined> {
    for (const name of [...folder.names()].sort()) {
      await pace.breathe();
      const next = state === undefined ? undefined : advanceGlob(state, name);
      if (next?.isOver === true) continue;
      const stats = lstatSync(folder.at(name), { throwIfNoEntry: false });
      // Vanished since the folder was read.
      if (stats === undefined) continue;
      const path = prefix + name;
      const isSelected = next === undefined || isMatch(next);
      if (isSelected) yield { path, name, stats, parent: folder };
      const goOn = isSelected ? recursive : true;
      if (!stats.isDirectory() || !goOn || depth >= deepest) continue;
      const child = openIfFolder(folder, name);
      if (child === undefined) continue;
      try {
        yield* below(child, `${path}/`, isSelected ? undefined : next, depth + 1);
      } finally {
        child.close();
      }
    }
  }

  yield* below(root, '', globs === undefined ? undefined : beginGlob(globs), 0);
}

function openIfFolder(folder: FolderHandle, name: string): FolderHandle | undefined {
  try {
    return folder.open(name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Swapped for something else, gone, or closed to us: nothing below it is listed.
    if (code === 'ENOTDIR' || code === 'ENOENT' || code === 'EACCES' || code === 'ELOOP') return undefined;
    throw error;
  }
}
