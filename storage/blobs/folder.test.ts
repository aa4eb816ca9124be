import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blobConformance, chunksOf } from '../conformance/blobs.ts';
import { openFolderBlobs } from './folder.ts';
import { decodeName, encodeName } from './folder-layout.ts';

const makeFolder = () => mkdtemp(join(tmpdir(), 'croft-blobs-'));

blobConformance(
  'folder',
  async () => {
    const dir = await makeFolder();
    return { blobs: await openFolderBlobs(dir), remove: () => rm(dir, { recursive: true, force: true }) };
  },
  3_000_000,
);

describe('blobs in a folder', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await makeFolder();
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  test('one opened again holds what it held, and nothing half written', async () => {
    const before = await openFolderBlobs(dir);
    await before.put('logs/a', chunksOf('kept'));
    await writeFile(join(dir, '=tmp', '17'), 'half of something');
    const after = await openFolderBlobs(dir);
    expect(await readdir(join(dir, '=tmp'))).toEqual([]);
    expect(await Array.fromAsync(after.list(''), (info) => info.key)).toEqual(['logs/a']);
  });

  test('a key may be the start of another', async () => {
    const blobs = await openFolderBlobs(dir);
    const keys = ['a', 'a/b', 'a/b/c', 'A', 'A/b'];
    for (const key of keys) await blobs.put(key, chunksOf(key));
    expect(await Array.fromAsync(blobs.list(''), (info) => info.key)).toEqual([...keys].sort());
  });

  test('names on the disk differ in more than case, and lead back', () => {
    for (const name of ['ABC', 'aBc', 'a.B-C_', '0']) {
      expect(encodeName(name)).toBe(encodeName(name).toLowerCase());
      expect(decodeName(encodeName(name))).toBe(name);
    }
  });

  test('a folder that can not be written is told with what was attempted', async () => {
    const blobs = await openFolderBlobs(dir);
    await rm(join(dir, '=tmp'), { recursive: true });
    await expect(blobs.put('a', chunksOf('x'))).rejects.toMatchObject({
      code: 'storage_failed',
      message: expect.stringContaining('Cannot store the blob "a"'),
    });
  });
});
