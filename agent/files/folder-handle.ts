/**
 * A folder that is open, and names in it: what `openat` is for. A path given as text is looked up anew with each call, and whoever
 * may write there can swap a folder for a link between two of them; a name in an open folder cannot be led elsewhere. Linux
 * gives this through `/proc/self/fd`; elsewhere the folder is checked, and a path is used.
 *
 * Names of files are bytes, not text. Here they are strings with one character per byte (latin1), so that none is lost:
 * `byteName` and `textName` convert.
 */
import { closeSync, constants, lstatSync, openSync, readdirSync } from 'node:fs';
import { sep } from 'node:path';

export interface FolderHandle {
  /** How the system is asked for `name` in this folder, whatever happens to the folder's own path. */
  at(name: string): Buffer;
  /** The folder `name` in this one. Throws ENOTDIR for a link, as for everything that is no folder. */
  open(name: string): FolderHandle;
  names(): readonly string[];
  close(): void;
}

const hasDescriptorPaths = process.platform === 'linux';

/** Opens a folder, not through a link. `path` is text. */
export function openFolder(path: string): FolderHandle {
  return openBytes(byteName(path));
}

function openBytes(path: string): FolderHandle {
  return hasDescriptorPaths ? byDescriptor(path) : byPath(path);
}

function byDescriptor(path: string): FolderHandle {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  const descriptor = openSync(toSystem(path), flags);
  const self = `/proc/self/fd/${descriptor}`;
  return {
    at: (name) => toSystem(`${self}/${name}`),
    open: (name) => byDescriptor(`${self}/${name}`),
    names: () => readdirSync(self, { encoding: 'latin1' }),
    close: () => closeSync(descriptor),
  };
}

function byPath(path: string): FolderHandle {
  if (!lstatSync(toSystem(path)).isDirectory()) {
    throw Object.assign(new Error(`ENOTDIR: not a directory, open '${textName(path)}'`), { code: 'ENOTDIR' });
  }
  return {
    at: (name) => toSystem(path + sep + name),
    open: (name) => byPath(path + sep + name),
    names: () => readdirSync(toSystem(path), { encoding: 'latin1' }),
    close: () => undefined,
  };
}

function toSystem(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

/** Text as the name of a file. */
export function byteName(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The name of a file as text; bytes that are no UTF-8 become U+FFFD. */
export function textName(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}
