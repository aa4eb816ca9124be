/** Which disk a path lies on, what it names there, and what a call of the system meets on the way: a fault, or the end of its process. */
import { runningKernel } from '../kernel/kernel.ts';
import { type Disk, type FileNode, type FolderNode, type Node, systemError } from './tree.ts';

export interface Mount {
  readonly disk: Disk;
  /** Called before each call that changes something, and for each sync; what it throws is the system's answer. */
  readonly beforeChange: (call: string, path: string) => void;
}

/** Hosts by name: everything below `/sim/NAME` is that host's disk. */
const mounts = new Map<string, Mount>();

export function mount(host: string, at: Mount): void {
  mounts.set(host, at);
}

/** The folder of the real database stands for one on the disk of the coordinator. */
let realFolder = '';

export function mountDatabase(folder: string): void {
  realFolder = folder;
}

export function unmountAll(): void {
  mounts.clear();
  files.clear();
  lastDescriptor = 100;
}

export interface OpenFile {
  readonly mount: Mount;
  readonly node: FileNode | FolderNode;
  readonly path: string;
  readonly append: boolean;
  position: number;
}

const files = new Map<number, OpenFile>();
let lastDescriptor = 100;

export function addDescriptor(file: OpenFile): number {
  files.set(++lastDescriptor, file);
  return lastDescriptor;
}

export function descriptor(fd: number): OpenFile {
  requireLife();
  const file = files.get(fd);
  if (file === undefined) throw systemError('EBADF', 'use', String(fd));
  return file;
}

export function removeDescriptor(fd: number): void {
  requireLife();
  if (!files.delete(fd)) throw systemError('EBADF', 'close', String(fd));
}

/** Who has died makes no more calls; code of his that still runs in the same turn finds that out here. */
export function requireLife(): void {
  if (!runningKernel().current.alive) throw systemError('EIO', 'call after death', '');
}

export interface Place {
  readonly mount: Mount;
  readonly parent: FolderNode;
  readonly name: string;
  readonly node: Node | undefined;
}

export function textOf(path: string | Uint8Array): string {
  const text = typeof path === 'string' ? path : Buffer.from(path).toString('utf8');
  return realFolder !== '' && text.startsWith(realFolder)
    ? `/sim/coordinator/db${text.slice(realFolder.length)}`
    : text;
}

/** Where a path leads; the last part may be missing. Throws ENOENT, ENOTDIR, ELOOP. */
export function locate(given: string | Uint8Array, call: string, followLast: boolean): Place {
  requireLife();
  const path = textOf(given);
  const start = startOf(path, call);
  return walk(start, path, call, followLast, 0);
}

interface Start {
  readonly mount: Mount;
  readonly folder: FolderNode;
  readonly names: readonly string[];
}

function startOf(path: string, call: string): Start {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts[0] === 'proc' && parts[1] === 'self' && parts[2] === 'fd') {
    const { mount: on, node } = descriptor(Number(parts[3]));
    if (node.kind !== 'folder') throw systemError('ENOTDIR', call, path);
    return { mount: on, folder: node, names: parts.slice(4) };
  }
  const on = parts[0] === 'sim' ? mounts.get(parts[1] ?? '') : undefined;
  if (on === undefined) throw systemError('ENOENT', call, path);
  return { mount: on, folder: on.disk.root, names: parts.slice(2) };
}

function walk(start: Start, path: string, call: string, followLast: boolean, depth: number): Place {
  if (depth > 20) throw systemError('ELOOP', call, path);
  const { mount: on } = start;
  let folder = start.folder;
  const names = [...start.names];
  const last = names.pop() ?? '';
  if (last === '') return { mount: on, parent: folder, name: '', node: folder };
  for (const name of names) {
    const next = folder.names.get(name);
    if (next === undefined) throw systemError('ENOENT', call, path);
    const real =
      next.kind === 'link' ? walk(targetOf(on, folder, next.target), path, call, true, depth + 1).node : next;
    if (real === undefined) throw systemError('ENOENT', call, path);
    if (real.kind !== 'folder') throw systemError('ENOTDIR', call, path);
    folder = real;
  }
  const node = folder.names.get(last);
  if (node?.kind === 'link' && followLast) {
    return walk(targetOf(on, folder, node.target), path, call, true, depth + 1);
  }
  return { mount: on, parent: folder, name: last, node };
}

function targetOf(on: Mount, folder: FolderNode, target: string): Start {
  const names = target.split('/').filter((part) => part !== '' && part !== '.');
  return target.startsWith('/') ? startOf(target, 'follow') : { mount: on, folder, names };
}

export function found(
  path: string | Uint8Array,
  call: string,
  followLast: boolean,
): Place & { readonly node: Node } {
  const place = locate(path, call, followLast);
  if (place.node === undefined) throw systemError('ENOENT', call, textOf(path));
  return { ...place, node: place.node };
}
