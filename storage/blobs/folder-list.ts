import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode, translateDiskError } from '../disk/errors.ts';
import { decodeName, encodeName, isShard } from './folder-layout.ts';
import { splitPrefix } from './keys.ts';

/** The keys below `root` that start with `prefix`, in order; only one folder's names are in memory at a time for each level. */
export async function* listKeys(root: string, prefix: string): AsyncGenerator<string> {
  const { folders, rest } = splitPrefix(prefix);
  const start = join(root, ...folders.map(encodeName));
  yield* walk(start, folders.map((name) => `${name}/`).join(''), rest);
}

async function* walk(folder: string, keyStart: string, nameStart: string): AsyncGenerator<string> {
  const names: string[] = [];
  for (const entry of await entriesOf(folder)) {
    if (isShard(entry)) names.push(...(await entriesOf(join(folder, entry))).map(decodeName));
    else if (!entry.startsWith('=')) names.push(`${decodeName(entry)}/`);
  }
  // With the `/` that follows it, a folder sorts where its keys do.
  for (const name of names.filter((each) => each.startsWith(nameStart)).sort()) {
    if (name.endsWith('/')) yield* walk(join(folder, encodeName(name.slice(0, -1))), keyStart + name, '');
    else yield keyStart + name;
  }
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    // Nothing was ever put there.
    if (systemCode(error) === 'ENOENT') return [];
    throw translateDiskError(error, 'list the blobs');
  }
}
