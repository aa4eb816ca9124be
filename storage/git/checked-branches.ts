/** Which branches the last check that went well has seen, in a file of the mirror, so that it goes when the mirror goes. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode, translateDiskError } from '../disk/errors.ts';
import type { MirrorView } from './mirror-view.ts';

const fileName = 'croft-checked-branches';

/** Null: nothing was ever written. */
export async function readCheckedBranches({
  gitDir,
  repo,
}: Pick<MirrorView, 'gitDir' | 'repo'>): Promise<ReadonlySet<string> | null> {
  try {
    // One to a line: git allows no control characters in the name of a branch.
    const text = await readFile(join(gitDir, fileName), 'utf8');
    return new Set(text.split('\n').slice(0, -1));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw translateDiskError(error, `read the branches of "${repo}"`);
  }
}

/** Whole or not at all. */
export async function writeCheckedBranches(
  { gitDir, repo }: Pick<MirrorView, 'gitDir' | 'repo'>,
  branches: ReadonlySet<string>,
): Promise<void> {
  const file = join(gitDir, fileName);
  try {
    await writeFile(`${file}.new`, [...branches].map((branch) => `${branch}\n`).join(''));
    await rename(`${file}.new`, file);
  } catch (error) {
    throw translateDiskError(error, `note the branches of "${repo}"`);
  }
}
