/**
 * An open file. Like the `FileHandle` of node:fs/promises, but one that somebody forgot to close only stays open: Bun throws
 * an error that nobody can catch when it collects a `FileHandle`, and a leak must not end the process.
 */
import * as fs from 'node:fs';
import { promisify } from 'node:util';

const openFd = promisify(fs.open);
const readFd = promisify(fs.read);
const writeFd = promisify(fs.write);
const statFd = promisify(fs.fstat);
const syncFd = promisify(fs.fdatasync);
const truncateFd = promisify(fs.ftruncate);
const closeFd = promisify(fs.close);

export interface Descriptor {
  size(): Promise<number>;
  /** Bytes from `position` on, as many as `bytes` holds; fewer only at the end of the file. Gives their number. */
  read(bytes: Uint8Array, position: number): Promise<number>;
  /** All of `bytes`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Resolves once the content survives the death of the machine. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** `flags` as of open(2): `constants` of node:fs. */
export async function openDescriptor(path: string, flags: number, mode = 0o600): Promise<Descriptor> {
  const fd = await openFd(path, flags, mode);
  return {
    size: async () => (await statFd(fd)).size,
    async read(bytes, position) {
      let filled = 0;
      while (filled < bytes.byteLength) {
        const { bytesRead } = await readFd(fd, bytes, filled, bytes.byteLength - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled;
    },
    async write(bytes, position) {
      for (let done = 0; done < bytes.byteLength; ) {
        const { bytesWritten } = await writeFd(fd, bytes, done, bytes.byteLength - done, position + done);
        done += bytesWritten;
      }
    },
    sync: () => syncFd(fd),
    truncate: (size) => truncateFd(fd, size),
    close: () => closeFd(fd),
  };
}
