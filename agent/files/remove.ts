import { FarmError } from '../wire/farm-error.ts';
import { namesOf, withParent } from './inside.ts';
import type { Pace } from './pace.ts';
import { removeEntry } from './remove-tree.ts';

/**
 * Removes files and folders; gives how many entries that were. All paths are checked before the first is removed. A path that is not
 * there is no error, and no path leads through a link.
 */
export async function removePaths(root: string, paths: readonly string[], pace: Pace): Promise<number> {
  const checked = paths.map((path, index) => ({
    field: `paths.${index}`,
    names: namesOf(path, `paths.${index}`),
  }));
  let removed = 0;
  for (const { field, names } of checked) {
    try {
      removed += await withParent(root, names, { field, make: false }, (parent, name) =>
        removeEntry(parent, name, pace),
      );
    } catch (error) {
      if (!(error instanceof FarmError && error.code === 'not_found')) throw error;
    }
  }
  return removed;
}
