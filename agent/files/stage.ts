/**
 * Archives are unpacked here first, in a folder of the agent that no run knows, and then moved to where they belong. So a failed
 * one leaves what was there as it was.
 *
 * Nothing is written through a link: entries go into folders that this stage made itself, and where the links of an archive lead is
 * checked once all of them are known.
 */
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  futimesSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { FarmError, invalidInput, isFarmError } from '../wire/farm-error.ts';
import { limits } from '../wire/limits.ts';
import { byteName, textName } from './folder-handle.ts';
import { namesOfBytes } from './inside.ts';
import { type ArchiveLink, findEscape } from './link-check.ts';
import { writeAll } from './open-file.ts';
import type { TarEntry } from './tar-in.ts';

export interface Stage {
  /** Throws `invalid_input` or `too_large`, naming the entry, and the system's errors. */
  add(entry: TarEntry): Promise<void>;
  /** Checks what can only be checked at the end, and gives folders their modes. */
  finish(): void;
  readonly entries: number;
  /** Folders that their owner may not change, deepest first: they can only be closed where they belong. */
  closedFolders(): readonly FolderMode[];
}

export interface FolderMode {
  readonly names: readonly string[];
  readonly mode: number;
}

const folderMode = 0o755;
const ownerRights = 0o700;

/** `root` is an empty folder, as text; times in an archive that are past `now` become `now`. */
export function createStage(root: string, now: number): Stage {
  const rootBytes = byteName(root);
  const folders = new Map<string, number>([['', folderMode]]);
  const links = new Map<string, ArchiveLink>();
  let entries = 0;
  let bytes = 0;

  function pathOf(names: readonly string[]): Buffer {
    return Buffer.from([rootBytes, ...names].join('/'), 'latin1');
  }

  /** Makes the folder and those above it. */
  function makeFolder(names: readonly string[], mode: number | undefined): void {
    const key = names.join('/');
    if (!folders.has(key)) {
      makeFolder(names.slice(0, -1), undefined);
      mkdirSync(pathOf(names), { mode: folderMode });
      folders.set(key, folderMode);
    }
    if (mode !== undefined) folders.set(key, mode);
  }

  /** Makes room for an entry: its folder, and nothing in its place. */
  function clear(names: readonly string[]): Buffer {
    makeFolder(names.slice(0, -1), undefined);
    const path = pathOf(names);
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
      unlinkSync(path);
      links.delete(names.join('/'));
    }
    return path;
  }

  async function addFile(names: readonly string[], entry: TarEntry): Promise<void> {
    const path = clear(names);
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const file = openSync(path, flags, 0o600);
    try {
      for await (const chunk of entry.content) await writeAll(file, chunk);
      fchmodSync(file, entry.mode & 0o777);
      if (entry.modifiedAt > 0) {
        const seconds = Math.min(entry.modifiedAt, now) / 1000;
        futimesSync(file, seconds, seconds);
      }
    } finally {
      closeSync(file);
    }
  }

  function addLink(names: readonly string[], target: string): void {
    if (target === '' || target.includes('\0')) throw new Error('Links to nothing');
    symlinkSync(Buffer.from(target, 'latin1'), clear(names));
    links.set(names.join('/'), { names, target });
  }

  function addHardLink(names: readonly string[], target: readonly string[]): void {
    const known = folders.has(target.slice(0, -1).join('/'));
    const file = known ? lstatSync(pathOf(target), { throwIfNoEntry: false }) : undefined;
    if (file?.isFile() !== true) throw new Error('Links to something that is no file of the archive');
    linkSync(pathOf(target), clear(names));
  }

  async function put(names: readonly string[], entry: TarEntry, label: string): Promise<void> {
    if (names.length === 0) {
      if (entry.kind !== 'folder') throw new Error('Names the root');
      return;
    }
    if (entry.kind === 'folder') makeFolder(names, entry.mode & 0o777);
    else if (entry.kind === 'file') await addFile(names, entry);
    else if (entry.kind === 'link') addLink(names, entry.target);
    else addHardLink(names, namesOfBytes(entry.target, label));
  }

  async function add(entry: TarEntry): Promise<void> {
    const label = `archive entry "${textName(entry.name).slice(0, 300)}"`;
    entries++;
    bytes += entry.bytes;
    if (entries > limits.archiveEntries) throw tooLarge(`more than ${limits.archiveEntries} entries`);
    if (bytes > limits.archiveBytes) throw tooLarge(`more than ${limits.archiveBytes} bytes unpacked`);
    try {
      await put(namesOfBytes(entry.name, label), entry, label);
    } catch (error) {
      throw toEntryError(error, label);
    }
  }

  function modes(): readonly FolderMode[] {
    return [...folders]
      .filter(([, mode]) => mode !== folderMode)
      .map(([key, mode]) => ({ names: key.split('/'), mode }))
      .sort((left, right) => right.names.length - left.names.length);
  }

  function finish(): void {
    const leaving = findEscape(links);
    if (leaving !== undefined) {
      const name = textName(leaving.names.join('/')).slice(0, 300);
      throw invalidInput(
        `archive entry "${name}"`,
        `Links to "${textName(leaving.target)}", outside of the archive`,
      );
    }
    for (const { names, mode } of modes()) if (!isClosed(mode)) chmodSync(pathOf(names), mode);
  }

  return {
    add,
    finish,
    get entries() {
      return entries;
    },
    closedFolders: () => modes().filter(({ mode }) => isClosed(mode)),
  };
}

function isClosed(mode: number): boolean {
  return (mode & ownerRights) !== ownerRights;
}

function tooLarge(problem: string): FarmError {
  return new FarmError('too_large', `The archive has ${problem}`, { blame: 'caller' });
}

/** What the system says when an archive contradicts itself or asks for names that cannot be. */
const entryProblems: Readonly<Record<string, string>> = {
  EEXIST: 'Stands where something else is, or goes through it',
  ENOTDIR: 'Goes through something that is not a folder',
  EISDIR: 'Stands where a folder is',
  EPERM: 'Stands where a folder is, or is not permitted',
  ENOENT: 'Links to something that is not there',
  ELOOP: 'Goes through a link',
  ENAMETOOLONG: 'Has a name that is too long for this machine',
  EINVAL: 'Has a name that this machine does not take',
  EILSEQ: 'Has a name that this machine does not take',
};

function toEntryError(error: unknown, label: string): unknown {
  if (isFarmError(error) || !(error instanceof Error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  const problem = code === undefined ? error.message : entryProblems[code];
  return problem === undefined ? error : invalidInput(label, problem);
}
