/** Folders of released versions: unpacked once, copied into a repository, asked for their age. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';

/** Unpacks a tar.gz without its top folder, once; the folder is complete when it is there. */
export function unpacked(archive: string, dir: string): string {
  if (existsSync(dir)) return dir;
  const unfinished = `${dir}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  run('tar', ['-xzf', archive, '--strip-components=1', '--no-same-owner', '-C', unfinished]);
  renameSync(unfinished, dir);
  return dir;
}

/**
 * Copies what is in a folder. Modes become those that git knows: module caches are read-only, and a copy of them has to be
 * removable.
 */
export function copyTree(from: string, to: string, leaveOut: readonly string[] = []): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (leaveOut.includes(entry.name)) continue;
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) copyTree(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (entry.isFile()) {
      copyFileSync(source, target);
      chmodSync(target, (lstatSync(source).mode & 0o111) === 0 ? 0o644 : 0o755);
    }
  }
}

/** Older than any of these registries: archives whose dates were set to a constant have 1970, 1985 or 2006. */
const firstPlausible = Date.UTC(2008, 0, 1);

/** When the newest file of a tree was written, or null when the archive does not tell. */
export function newestFileAt(dir: string): number | null {
  let newest = 0;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, newestFileAt(path) ?? 0);
    else if (entry.isFile()) newest = Math.max(newest, Math.floor(lstatSync(path).mtimeMs));
  }
  return newest < firstPlausible ? null : newest;
}
