/** A file system of a few megabytes that really fills up. Needs the rights to mount; skip loudly without. */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallDisk {
  readonly dir: string;
  /** Leaves `bytes` free. */
  fill(bytes: number): void;
  /** Takes away what `fill` wrote. */
  empty(): void;
  unmount(): void;
}

/** Why no small disk can be mounted here; null when it can. */
export function whyNoSmallDisk(): string | null {
  if (process.platform !== 'linux') return 'tmpfs is there on Linux only';
  const dir = mkdtempSync(join(tmpdir(), 'croft-disk-'));
  const tried = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', dir], { encoding: 'utf8' });
  if (tried.status === 0) spawnSync('umount', [dir]);
  rmSync(dir, { recursive: true, force: true });
  return tried.status === 0 ? null : `mount: ${tried.stderr || tried.error}`;
}

export function mountSmallDisk(megabytes: number): SmallDisk {
  const dir = mkdtempSync(join(tmpdir(), 'croft-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'none', dir]);
  const filler = join(dir, 'filler');
  return {
    dir,
    fill(bytes) {
      const size = writeUntilFull(filler);
      truncateSync(filler, Math.max(0, size - bytes));
    },
    empty: () => rmSync(filler, { force: true }),
    unmount() {
      execFileSync('umount', ['--lazy', dir]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Others write at the same time, so what is free now says little. Answers how much was written. */
function writeUntilFull(file: string): number {
  const piece = new Uint8Array(16 * 1024);
  try {
    for (;;) appendFileSync(file, piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
  return statSync(file).size;
}
