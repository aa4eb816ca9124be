/** A disk in memory: folders, files and links, a limited room, and what a machine that loses its power forgets. */

export interface FileNode {
  readonly kind: 'file';
  readonly ino: number;
  bytes: Uint8Array;
  size: number;
  mode: number;
  links: number;
  modifiedMs: number;
  changed: number;
  /** What survives a power cut; undefined: never synced. */
  synced: Uint8Array | undefined;
}

export interface FolderNode {
  readonly kind: 'folder';
  readonly ino: number;
  readonly names: Map<string, Node>;
  mode: number;
  modifiedMs: number;
  changed: number;
}

export interface LinkNode {
  readonly kind: 'link';
  readonly ino: number;
  readonly target: string;
  mode: number;
  modifiedMs: number;
  changed: number;
}

export type Node = FileNode | FolderNode | LinkNode;

export interface Disk {
  readonly root: FolderNode;
  /** Bytes of all files. */
  used: number;
  capacity: number;
  newFile(mode: number): FileNode;
  newFolder(mode: number): FolderNode;
  newLink(target: string): LinkNode;
  touch(node: Node): void;
  /** Writes as much as there is room for; answers how many bytes, 0 on a full disk. */
  write(file: FileNode, bytes: Uint8Array, position: number): number;
  truncate(file: FileNode, size: number): void;
  /** The last name of a file went. */
  release(file: FileNode): void;
}

export function systemError(code: string, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${call} '${path}'`), { code, syscall: call, path });
}

/** `nowMs` gives times of change. */
export function createDisk(nowMs: () => number, capacity = 64 * 1024 ** 3): Disk {
  let lastIno = 1;
  let changes = 0;

  function times(): { modifiedMs: number; changed: number } {
    return { modifiedMs: nowMs(), changed: ++changes };
  }

  function reserve(file: FileNode, size: number): void {
    if (file.bytes.length >= size) return;
    const larger = new Uint8Array(Math.max(size, 2 * file.bytes.length, 256));
    larger.set(file.bytes.subarray(0, file.size));
    file.bytes = larger;
  }

  const disk: Disk = {
    root: { kind: 'folder', ino: 1, names: new Map(), mode: 0o755, ...times() },
    used: 0,
    capacity,
    newFile: (mode) => ({
      kind: 'file',
      ino: ++lastIno,
      bytes: new Uint8Array(0),
      size: 0,
      mode,
      links: 1,
      synced: undefined,
      ...times(),
    }),
    newFolder: (mode) => ({ kind: 'folder', ino: ++lastIno, names: new Map(), mode, ...times() }),
    newLink: (target) => ({ kind: 'link', ino: ++lastIno, target, mode: 0o777, ...times() }),
    touch: (node) => Object.assign(node, times()),
    write(file, bytes, position) {
      const grows = Math.max(0, position + bytes.length - file.size);
      const room = Math.max(0, disk.capacity - disk.used);
      const count = grows <= room ? bytes.length : Math.max(0, bytes.length - (grows - room));
      if (count === 0) return 0;
      reserve(file, position + count);
      if (position > file.size) file.bytes.fill(0, file.size, position);
      file.bytes.set(bytes.subarray(0, count), position);
      const size = Math.max(file.size, position + count);
      disk.used += size - file.size;
      file.size = size;
      disk.touch(file);
      return count;
    },
    truncate(file, size) {
      reserve(file, size);
      if (size > file.size) file.bytes.fill(0, file.size, size);
      disk.used += size - file.size;
      file.size = size;
      disk.touch(file);
    },
    release(file) {
      disk.used -= file.size;
    },
  };
  return disk;
}
