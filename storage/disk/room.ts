import { statfs } from 'node:fs/promises';
import type { DiskRoom } from '../../core/health/ports.ts';

/** Room on the disk that `path` is on, as an unprivileged user may use it. */
export async function roomOf(path: string): Promise<DiskRoom> {
  const { bavail, blocks, bsize } = await statfs(path);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}
