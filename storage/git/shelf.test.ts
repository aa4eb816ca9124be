import { afterEach, beforeEach, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeyedLock } from './keyed-lock.ts';
import { mirrorFolder, repoOfFolder } from './names.ts';
import { createMirrorShelf } from './shelf.ts';

let root = '';
const ended: string[] = [];
const shelf = () =>
  createMirrorShelf({ root, lock: createKeyedLock(), onRemove: (folder) => ended.push(folder) });

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'croft-shelf-'));
  ended.length = 0;
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function mirror(repo: string, fetchedAt: number | null): Promise<string> {
  const folder = join(root, mirrorFolder(repo));
  await mkdir(join(folder, 'objects', 'pack'), { recursive: true });
  await writeFile(join(folder, 'objects', 'pack', 'a.pack'), 'x'.repeat(1_000));
  await writeFile(join(folder, 'config'), 'y'.repeat(10));
  if (fetchedAt !== null) await utimes(folder, fetchedAt / 1_000, fetchedAt / 1_000);
  return folder;
}

test('the folder of a repository says which it is, and nothing else does', () => {
  for (const repo of ['website', 'Tools', 'group/Sub.Project-1'])
    expect(repoOfFolder(mirrorFolder(repo))).toBe(repo);
  for (const folder of ['.home', '.clone-website.git', 'website', '.removed-website.git'])
    expect(repoOfFolder(folder)).toBeNull();
});

test('mirrors are listed with their size and their last fetch; other folders are none', async () => {
  await mirror('Tools', 5_000_000);
  await mkdir(join(root, '.home'));
  await mkdir(join(root, '.clone-x.git'));
  expect(await shelf().list()).toEqual([{ id: 'Tools', at: 5_000_000, bytes: 1_010 }]);
});

test('one is removed whole, unless it was used meanwhile or is not there', async () => {
  const folder = await mirror('website', 5_000_000);
  await shelf().remove('website', 5_000_000);
  expect(existsSync(folder)).toBe(true);
  await shelf().remove('website', 5_000_001);
  expect(await shelf().list()).toEqual([]);
  expect(existsSync(folder)).toBe(false);
  expect(ended).toEqual(['website.git']);
  await shelf().remove('website', 9e12);
});
