/** From the bytes of an archive to a tree in a work folder. */
import { mkdirSync, renameSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { toDiskError } from '../disk-errors.ts';
import type { Clock } from '../kit/clock.ts';
import type { Randomness } from '../kit/ids.ts';
import { type FolderHandle, openFolder } from './folder-handle.ts';
import { openAt, resolveInside, withParent } from './inside.ts';
import { closeFolders, mergeInto } from './merge.ts';
import { createPace } from './pace.ts';
import { emptyFolder } from './remove-tree.ts';
import { createStage, type Stage } from './stage.ts';
import { type Compression, readTar } from './tar-in.ts';

export interface UnpackDeps {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly pause: () => Promise<void>;
  /** Where archives are unpacked first; on the disk of the work folders. */
  readonly stageFolder: string;
}

/**
 * Unpacks into `dir` of the work folder, which is made if need be; entries of the same name are replaced, others stay. `verify` is called
 * when all bytes were read and before anything is moved to its place. Gives the number of entries. Rejects with `invalid_input`
 * or `too_large` naming the entry, `disk_full`, or what `source` or `verify` reject with; the work folder is as it was then.
 */
export async function unpack(
  deps: UnpackDeps,
  to: { readonly root: string; readonly dir: string },
  archive: { readonly source: AsyncIterable<Uint8Array>; readonly compression: Compression },
  verify: () => void,
): Promise<number> {
  const stagePath = join(deps.stageFolder, Buffer.from(deps.randomness.bytes(8)).toString('hex'));
  const pace = createPace(deps.clock, deps.pause);
  let isMoved = false;
  try {
    mkdirSync(stagePath, { mode: 0o755 });
    const stage = createStage(stagePath, deps.clock.now());
    await readTar(archive.source, archive.compression, stage.add);
    verify();
    stage.finish();
    isMoved = await move(stagePath, stage, to);
    return stage.entries;
  } catch (error) {
    throw toDiskError(error, 'unpack an archive');
  } finally {
    if (!isMoved) {
      await emptyFolder(stagePath, pace);
      rmdirSync(stagePath);
    }
  }

  /** True when the stage itself became the folder. */
  async function move(from: string, stage: Stage, { root, dir }: typeof to): Promise<boolean> {
    const names = resolveInside(root, dir, 'dir');
    const whole = names.length > 0 && (await moveWhole(from, root, names));
    const target = openAt(root, names, { field: 'dir', make: true });
    try {
      if (!whole) await mergeStage(from, target);
      closeFolders(target, stage.closedFolders());
    } finally {
      target.close();
    }
    return whole;
  }

  async function mergeStage(from: string, target: FolderHandle): Promise<void> {
    const source = openFolder(from);
    try {
      await mergeInto(source, target, pace);
    } finally {
      source.close();
    }
  }
}

/** One rename, where nothing is or an empty folder; false where something is. */
async function moveWhole(from: string, root: string, names: readonly string[]): Promise<boolean> {
  return await withParent(root, names, { field: 'dir', make: true }, (parent, name) => {
    try {
      renameSync(from, parent.at(name));
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') return false;
      throw error;
    }
  });
}
