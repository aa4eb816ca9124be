/** Stands in for `node:fs` in the bundle: the calls that the product makes, on disks in memory. */
import * as real from 'node:fs';
import { runningKernel } from '../kernel/kernel.ts';
import { procLink, procNames } from '../machine/process-table.ts';
import {
  addDescriptor,
  descriptor,
  found,
  locate,
  type Mount,
  type Place,
  removeDescriptor,
  requireLife,
  textOf,
} from './mounts.ts';
import { type FileNode, type Node, systemError } from './tree.ts';

export const constants = real.constants;

type Path = string | Uint8Array;
type Callback<T> = (error: unknown, result?: T) => void;

const pageBytes = 4096;

/** The write-ahead log of the real database, which the coordinator syncs through a descriptor of its own. */
const walDescriptor = 99;
let onWalSync: () => void = () => undefined;

export function whenWalIsSynced(run: () => void): void {
  onWalSync = run;
}

function change(on: Mount, call: string, path: Path): void {
  on.beforeChange(call, textOf(path));
}

// --------------------------------------------------------------------------------------------------- names and kinds

function statsOf(node: Node) {
  const size = node.kind === 'file' ? node.size : 4096;
  return {
    size,
    mode: node.mode | { file: 0o100000, folder: 0o040000, link: 0o120000 }[node.kind],
    ino: node.ino,
    mtimeMs: node.modifiedMs,
    mtime: new Date(node.modifiedMs),
    ctimeNs: BigInt(node.changed),
    nlink: node.kind === 'file' ? node.links : 1,
    dev: 1,
    isFile: () => node.kind === 'file',
    isDirectory: () => node.kind === 'folder',
    isSymbolicLink: () => node.kind === 'link',
  };
}

interface StatOptions {
  readonly throwIfNoEntry?: boolean;
  readonly bigint?: boolean;
}

function stat(path: Path, follow: boolean, options: StatOptions) {
  try {
    const stats = statsOf(found(path, 'stat', follow).node);
    return options.bigint === true ? { ...stats, ino: BigInt(stats.ino) } : stats;
  } catch (error) {
    if (options.throwIfNoEntry === false && (error as NodeJS.ErrnoException).code !== 'EIO') return undefined;
    throw error;
  }
}

export const statSync = (path: Path, options: StatOptions = {}) => stat(path, true, options);
export const lstatSync = (path: Path, options: StatOptions = {}) => stat(path, false, options);
export const fstatSync = (fd: number) => statsOf(descriptor(fd).node);
export const existsSync = (path: Path) => stat(path, true, { throwIfNoEntry: false }) !== undefined;
export const realpathSync = (path: Path) => {
  found(path, 'realpath', true);
  return textOf(path);
};

export function statfsSync(path: Path) {
  const { disk } = found(path, 'statfs', true).mount;
  const blocks = Math.floor(disk.capacity / 4096);
  const free = Math.floor(Math.max(0, disk.capacity - disk.used) / 4096);
  return { bsize: 4096, blocks, bfree: free, bavail: free, files: 1_000_000, ffree: 900_000 };
}

export function readdirSync(path: Path): string[] {
  if (textOf(path) === '/proc') return procNames();
  const { node } = found(path, 'readdir', true);
  if (node.kind !== 'folder') throw systemError('ENOTDIR', 'readdir', textOf(path));
  return [...node.names.keys()].sort();
}

export function readlinkSync(path: Path): string {
  const link = procLink(textOf(path));
  if (link !== undefined) return link;
  const { node } = found(path, 'readlink', false);
  if (node.kind !== 'link') throw systemError('EINVAL', 'readlink', textOf(path));
  return node.target;
}

function put(place: Place, node: Node): void {
  place.parent.names.set(place.name, node);
  place.mount.disk.touch(place.parent);
}

function takeAway(place: Place): void {
  place.parent.names.delete(place.name);
  place.mount.disk.touch(place.parent);
  if (place.node?.kind === 'file' && --place.node.links === 0) place.mount.disk.release(place.node);
}

export function mkdirSync(
  path: Path,
  options: { recursive?: boolean; mode?: number } = {},
): string | undefined {
  const text = textOf(path);
  if (options.recursive !== true) {
    const place = locate(text, 'mkdir', false);
    change(place.mount, 'mkdir', text);
    if (place.node !== undefined) throw systemError('EEXIST', 'mkdir', text);
    put(place, place.mount.disk.newFolder(options.mode ?? 0o755));
    return text;
  }
  let first: string | undefined;
  const parts = text.split('/');
  for (let count = 3; count <= parts.length; count++) {
    const part = parts.slice(0, count).join('/');
    const place = locate(part, 'mkdir', true);
    if (place.node?.kind === 'folder') continue;
    if (place.node !== undefined) throw systemError('EEXIST', 'mkdir', part);
    change(place.mount, 'mkdir', part);
    put(place, place.mount.disk.newFolder(options.mode ?? 0o755));
    first ??= part;
  }
  return first;
}

export function rmdirSync(path: Path): void {
  const place = found(path, 'rmdir', false);
  change(place.mount, 'rmdir', path);
  if (place.node.kind !== 'folder') throw systemError('ENOTDIR', 'rmdir', textOf(path));
  if (place.node.names.size > 0) throw systemError('ENOTEMPTY', 'rmdir', textOf(path));
  takeAway(place);
}

export function unlinkSync(path: Path): void {
  const place = found(path, 'unlink', false);
  change(place.mount, 'unlink', path);
  if (place.node.kind === 'folder') throw systemError('EISDIR', 'unlink', textOf(path));
  takeAway(place);
}

export function rmSync(path: Path, options: { recursive?: boolean; force?: boolean } = {}): void {
  const text = textOf(path);
  let place: Place;
  try {
    place = locate(text, 'rm', false);
  } catch (error) {
    if (options.force === true && (error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const { node } = place;
  if (node === undefined) {
    if (options.force === true) return;
    throw systemError('ENOENT', 'rm', text);
  }
  if (node.kind === 'folder') {
    if (options.recursive !== true) throw systemError('EISDIR', 'rm', text);
    for (const name of [...node.names.keys()]) rmSync(`${text}/${name}`, options);
  }
  change(place.mount, 'rm', text);
  takeAway(place);
}

export function renameSync(from: Path, to: Path): void {
  const source = found(from, 'rename', false);
  const target = locate(to, 'rename', false);
  change(source.mount, 'rename', to);
  if (target.node?.kind === 'folder') {
    if (source.node.kind !== 'folder') throw systemError('EISDIR', 'rename', textOf(to));
    if (target.node.names.size > 0) throw systemError('ENOTEMPTY', 'rename', textOf(to));
  } else if (target.node !== undefined && source.node.kind === 'folder') {
    throw systemError('ENOTDIR', 'rename', textOf(to));
  }
  if (target.node === source.node) return;
  if (target.node !== undefined) takeAway(target);
  source.parent.names.delete(source.name);
  source.mount.disk.touch(source.parent);
  put(target, source.node);
  source.mount.disk.touch(source.node);
}

export function linkSync(from: Path, to: Path): void {
  const source = found(from, 'link', true);
  const target = locate(to, 'link', false);
  change(target.mount, 'link', to);
  if (target.node !== undefined) throw systemError('EEXIST', 'link', textOf(to));
  if (source.node.kind !== 'file') throw systemError('EPERM', 'link', textOf(from));
  source.node.links++;
  put(target, source.node);
}

export function symlinkSync(targetPath: Path, path: Path): void {
  const place = locate(path, 'symlink', false);
  change(place.mount, 'symlink', path);
  if (place.node !== undefined) throw systemError('EEXIST', 'symlink', textOf(path));
  put(place, place.mount.disk.newLink(textOf(targetPath)));
}

export function chmodSync(path: Path, mode: number): void {
  const { node, mount } = found(path, 'chmod', true);
  node.mode = mode;
  mount.disk.touch(node);
}

export function fchmodSync(fd: number, mode: number): void {
  const { node, mount } = descriptor(fd);
  node.mode = mode;
  mount.disk.touch(node);
}

export function futimesSync(fd: number, _accessed: number, modifiedSeconds: number): void {
  const { node, mount } = descriptor(fd);
  mount.disk.touch(node);
  node.modifiedMs = modifiedSeconds * 1000;
}

export function accessSync(path: Path): void {
  found(path, 'access', true);
}

// ------------------------------------------------------------------------------------------------------------- bytes

const flagsOf: Readonly<Record<string, number>> = {
  r: constants.O_RDONLY,
  'r+': constants.O_RDWR,
  w: constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC,
  wx: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
  a: constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND,
};

export function openSync(path: Path, how: string | number = 'r', mode = 0o666): number {
  const text = textOf(path);
  if (text.endsWith('.db-wal')) return walDescriptor;
  const flags = typeof how === 'number' ? how : (flagsOf[how] ?? 0);
  const has = (flag: number) => (flags & flag) === flag;
  const place = locate(path, 'open', !has(constants.O_NOFOLLOW));
  let { node } = place;
  if (node === undefined) {
    if (!has(constants.O_CREAT)) throw systemError('ENOENT', 'open', text);
    change(place.mount, 'create', text);
    node = place.mount.disk.newFile(mode);
    put(place, node);
  } else if (has(constants.O_CREAT | constants.O_EXCL)) throw systemError('EEXIST', 'open', text);
  if (node.kind === 'link') throw systemError('ELOOP', 'open', text);
  if (has(constants.O_DIRECTORY) && node.kind !== 'folder') throw systemError('ENOTDIR', 'open', text);
  if (node.kind === 'folder' && has(constants.O_WRONLY)) throw systemError('EISDIR', 'open', text);
  if (has(constants.O_TRUNC) && node.kind === 'file') {
    change(place.mount, 'truncate', text);
    place.mount.disk.truncate(node, 0);
  }
  return addDescriptor({
    mount: place.mount,
    node,
    path: text,
    append: has(constants.O_APPEND),
    position: 0,
  });
}

export function closeSync(fd: number): void {
  if (fd !== walDescriptor) removeDescriptor(fd);
}

function fileOf(fd: number, call: string): { node: FileNode } & Omit<ReturnType<typeof descriptor>, 'node'> {
  const file = descriptor(fd);
  const { node } = file;
  if (node.kind !== 'file') throw systemError('EISDIR', call, file.path);
  return file as typeof file & { node: FileNode };
}

export function readSync(
  fd: number,
  into: Uint8Array,
  offset = 0,
  length = into.length - offset,
  position: number | null = null,
): number {
  const file = fileOf(fd, 'read');
  const from = position ?? file.position;
  const count = Math.max(0, Math.min(length, file.node.size - from));
  into.set(file.node.bytes.subarray(from, from + count), offset);
  if (position === null) file.position += count;
  return count;
}

export function writeSync(
  fd: number,
  from: Uint8Array | string,
  offset = 0,
  length?: number,
  position: number | null = null,
): number {
  const file = fileOf(fd, 'write');
  const bytes =
    typeof from === 'string'
      ? Buffer.from(from)
      : from.subarray(offset, offset + (length ?? from.length - offset));
  const at = file.append ? file.node.size : (position ?? file.position);
  try {
    change(file.mount, 'write', file.path);
  } catch (error) {
    // A process that dies in the middle of a write may have written a part of it: whole pages, since the kernel looks for
    // signals only between two of them.
    const torn = (error as { tornShare?: number }).tornShare;
    if (torn !== undefined) {
      const whole = Math.floor((at + torn * bytes.length) / pageBytes) * pageBytes - at;
      file.mount.disk.write(file.node, bytes.subarray(0, Math.max(0, whole)), at);
    }
    throw error;
  }
  const written = file.mount.disk.write(file.node, bytes, at);
  if (written === 0 && bytes.length > 0) throw systemError('ENOSPC', 'write', file.path);
  if (position === null) file.position = at + written;
  return written;
}

export function ftruncateSync(fd: number, size = 0): void {
  const file = fileOf(fd, 'truncate');
  change(file.mount, 'truncate', file.path);
  file.mount.disk.truncate(file.node, size);
}

export function truncateSync(path: Path, size = 0): void {
  const fd = openSync(path, 'r+');
  try {
    ftruncateSync(fd, size);
  } finally {
    closeSync(fd);
  }
}

export function fsyncSync(fd: number): void {
  if (fd === walDescriptor) {
    requireLife();
    onWalSync();
    return;
  }
  const { node, mount, path } = descriptor(fd);
  change(mount, 'sync', path);
  if (node.kind === 'file') node.synced = node.bytes.slice(0, node.size);
}

export function readFileSync(
  path: Path,
  encoding?: BufferEncoding | { encoding?: BufferEncoding },
): Buffer | string {
  const fd = openSync(path, 'r');
  try {
    const { node } = fileOf(fd, 'read');
    const bytes = Buffer.from(node.bytes.slice(0, node.size));
    const name = typeof encoding === 'string' ? encoding : encoding?.encoding;
    return name === undefined ? bytes : bytes.toString(name);
  } finally {
    closeSync(fd);
  }
}

export function writeFileSync(
  path: Path,
  content: Uint8Array | string,
  options: { mode?: number } = {},
): void {
  const fd = openSync(path, 'w', options.mode);
  try {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, null);
  } finally {
    closeSync(fd);
  }
}

// ------------------------------------------------------------------------------------------------------- with callbacks

/** How long a thread of the pool takes, ms; 0: it is done before anybody looks. */
let latency: () => number = () => 0;

export function setDiskLatency(by: () => number): void {
  latency = by;
}

/** Done at once, told in a turn of its own, as a thread of the pool does. */
function told<T>(work: () => T, tell: (result: T) => void, fail: (error: unknown) => void): void {
  try {
    const result = work();
    later(() => tell(result));
  } catch (error) {
    later(() => fail(error));
  }
}

function later(run: () => void): void {
  const ms = latency();
  if (ms === 0) queueMicrotask(run);
  else runningKernel().after(runningKernel().current, ms, run);
}

/** With one result, or with none. */
function tellOne<T>(callback: (error: unknown, result?: T) => void, work: () => T): void {
  told(work, (result) => callback(null, result), callback);
}

export const open = (path: Path, flags: string | number, mode: number, callback: Callback<number>) =>
  tellOne(callback, () => openSync(path, flags, mode));
export const close = (fd: number, callback: Callback<void>) => tellOne(callback, () => closeSync(fd));
export const fstat = (fd: number, callback: Callback<ReturnType<typeof fstatSync>>) =>
  tellOne(callback, () => fstatSync(fd));
export const fdatasync = (fd: number, callback: Callback<void>) => tellOne(callback, () => fsyncSync(fd));
export const ftruncate = (fd: number, size: number, callback: Callback<void>) =>
  tellOne(callback, () => ftruncateSync(fd, size));

type Positioned = (
  fd: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  position: number | null,
  callback: Callback<number>,
) => void;

export const read: Positioned = (fd, bytes, offset, length, position, callback) =>
  tellOne(callback, () => readSync(fd, bytes, offset, length, position));
export const write: Positioned = (fd, bytes, offset, length, position, callback) =>
  tellOne(callback, () => writeSync(fd, bytes, offset, length, position));

/** As node's own do: several results become one object. */
const promisified = Symbol.for('nodejs.util.promisify.custom');
Object.assign(read, {
  [promisified]: (...args: Parameters<typeof readSync>) =>
    new Promise((resolve, reject) =>
      told(() => ({ bytesRead: readSync(...args), buffer: args[1] }), resolve, reject),
    ),
});
Object.assign(write, {
  [promisified]: (...args: Parameters<typeof writeSync>) =>
    new Promise((resolve, reject) =>
      told(() => ({ bytesWritten: writeSync(...args), buffer: args[1] }), resolve, reject),
    ),
});
