/** Paths that come from outside, and the rule that none of them leaves its folder, in words or through links. */
import { mkdirSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import { FarmError, invalidInput } from '../wire/farm-error.ts';
import { limits } from '../wire/limits.ts';
import { byteName, type FolderHandle, openFolder, textName } from './folder-handle.ts';

/**
 * The names in a relative path (text), as bytes; none for the folder itself. Throws `invalid_input` for a path that is absolute or
 * has `..`, NUL or a backslash, which Windows reads as another path.
 */
export function namesOf(path: string, field: string): readonly string[] {
  return namesOfBytes(byteName(path), field);
}

/** The same for a path that is bytes already. */
export function namesOfBytes(path: string, field: string): readonly string[] {
  if (path.length > limits.pathBytes) throw invalidInput(field, `Longer than ${limits.pathBytes} bytes`);
  if (path.includes('\0')) throw invalidInput(field, 'Contains NUL');
  if (path.includes('\\')) throw invalidInput(field, 'Contains a backslash');
  if (path.startsWith('/') || hasDrive(path)) throw invalidInput(field, 'Is absolute');
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (names.includes('..')) throw invalidInput(field, 'Contains ".."');
  return names;
}

function hasDrive(path: string): boolean {
  return process.platform === 'win32' && /^[A-Za-z]:/.test(path);
}

/**
 * Resolves links in `path` below `root` (both text) and gives the names of what they lead to, which is inside `root`. What is not
 * there yet is kept as it is. Throws `forbidden` for a path whose links leave the folder.
 */
export function resolveInside(root: string, path: string, field: string): readonly string[] {
  const names = namesOf(path, field).map(textName);
  const realRoot = realpathSync(root);
  for (let there = names.length; there >= 0; there--) {
    const real = realpathIfThere(join(realRoot, ...names.slice(0, there)));
    if (real === undefined) continue;
    if (real !== realRoot && !real.startsWith(realRoot + sep)) {
      throw new FarmError('forbidden', `${field}: Leads out of the work folder`, {
        blame: 'caller',
        details: { field },
      });
    }
    const resolved = real === realRoot ? [] : real.slice(realRoot.length + 1).split(sep);
    return [...resolved, ...names.slice(there)].map(byteName);
  }
  throw notFound(field);
}

function realpathIfThere(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A link to nothing has no real path: what it names is for `openParent` to refuse.
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw toPathError(error, 'path');
  }
}

/**
 * Opens the folder that holds the last of `names`, step by step and through no link, gives it to `use`, and closes it. With `make`,
 * missing folders are made.
 */
export async function withParent<T>(
  root: string,
  names: readonly string[],
  options: { readonly field: string; readonly make: boolean },
  use: (parent: FolderHandle, name: string) => Promise<T> | T,
): Promise<T> {
  const last = names.at(-1);
  if (last === undefined) throw invalidInput(options.field, 'Names the work folder itself');
  const parent = openAt(root, names.slice(0, -1), options);
  try {
    return await use(parent, last);
  } catch (error) {
    throw toPathError(error, options.field);
  } finally {
    parent.close();
  }
}

/** Opens the folder that `names` lead to, through no link. */
export function openAt(
  root: string,
  names: readonly string[],
  options: { readonly field: string; readonly make: boolean },
): FolderHandle {
  let folder = openFolder(root);
  for (const name of names) {
    const above = folder;
    try {
      folder = openBelow(above, name, options.make);
    } catch (error) {
      throw toPathError(error, options.field);
    } finally {
      above.close();
    }
  }
  return folder;
}

function openBelow(folder: FolderHandle, name: string, make: boolean): FolderHandle {
  try {
    return folder.open(name);
  } catch (error) {
    if (!make || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    mkdirSync(folder.at(name), { mode: 0o755 });
    return folder.open(name);
  }
}

/** What the system says about a path, as an answer that names the field; everything else stays what it is. */
export function toPathError(error: unknown, field: string): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  switch (code) {
    case 'ENOENT':
      return notFound(field);
    case 'ENOTDIR':
    case 'ELOOP':
      return invalidInput(field, 'Goes through something that is not a folder');
    case 'EISDIR':
      return invalidInput(field, 'Is a folder');
    case 'ENAMETOOLONG':
      return invalidInput(field, 'Has a name that is too long for this machine');
    default:
      return error;
  }
}

function notFound(field: string): FarmError {
  return new FarmError('not_found', `${field}: Is not there`, { blame: 'caller', details: { field } });
}
