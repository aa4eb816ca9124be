/**
 * Where a key stands in the folder: `a/b/c` is `a/b/=3f/c`, with two digits of a hash of the whole key, so that no folder
 * gets a million entries. `=` is in no key, so an object and a folder of one name never meet. Capital letters are written
 * `~a`, because some file systems take `A` and `a` for one.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { segmentsOf } from './keys.ts';

export const temporaryFolder = '=tmp';

export function pathOfKey(root: string, key: string): { readonly folder: string; readonly file: string } {
  const names = segmentsOf(key).map(encodeName);
  const last = names.pop() ?? '';
  const folder = join(root, ...names, `=${shardOf(key)}`);
  return { folder, file: join(folder, last) };
}

export function isShard(name: string): boolean {
  return /^=[0-9a-f]{2}$/.test(name);
}

export function encodeName(segment: string): string {
  return segment.replaceAll(/[A-Z]/g, (letter) => `~${letter.toLowerCase()}`);
}

export function decodeName(name: string): string {
  return name.replaceAll(/~([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function shardOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 2);
}
