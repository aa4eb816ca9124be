import { describe, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type Entry, inPieces, tarOf, tgzOf } from '../../test/agent/archives.ts';
import { scratchFolder } from '../../test/agent/scratch.ts';
import { createSystemClock } from '../kit/clock.ts';
import { createSystemRandomness } from '../kit/ids.ts';
import { createHomeFolders } from '../leases/home-folders.ts';
import { createLease } from '../leases/lease.ts';
import { currentRuntime } from '../platform/runtime.ts';
import type { ByteSource } from '../wire/session.ts';
import { createArchiveCache } from './archive-cache.ts';
import { createFiles } from './files.ts';
import { byteName } from './folder-handle.ts';

const clock = createSystemClock();
const randomness = createSystemRandomness();
const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

function sourceOf(bytes: Uint8Array): ByteSource {
  return {
    [Symbol.asyncIterator]: () => inPieces(bytes),
    summary: Promise.resolve(undefined),
    cancel: () => undefined,
  };
}

function makeFiles(limitBytes = 1e9) {
  const folder = scratchFolder();
  const [stage, cacheFolder, work] = ['stage', 'cache', 'work'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [stage, cacheFolder, work]) mkdirSync(path);
  const cache = createArchiveCache({ folder: cacheFolder, limitBytes, clock, randomness });
  const { pause } = currentRuntime();
  const files = createFiles({ clock, randomness, pause, cache, stageFolder: stage });
  const lease = createLease({
    leaseId: 'l',
    slot: 0,
    workDir: work,
    cgroup: undefined,
    homes: createHomeFolders(work),
    since: undefined,
  });
  async function put(entries: readonly Entry[], dir = 'src', digest?: string) {
    const bytes = tarOf(entries);
    return await files.putArchive(
      lease,
      { leaseId: 'l', dir, compression: 'none', stream: 1, ...(digest === undefined ? {} : { digest }) },
      sourceOf(bytes),
    );
  }
  return { folder, stage, cacheFolder, work, cache, files, lease, put };
}

describe('an archive', () => {
  test('becomes the tree that it describes: contents, modes, times, links', async () => {
    const { work, put, stage } = makeFiles();
    const result = await put([
      { name: './', type: 'folder', mode: 0o755 },
      { name: 'plain', content: 'hello', mode: 0o664, modifiedAt: 1_600_000_000 },
      { name: 'deep/er/program', content: '#!', mode: 0o4755 },
      { name: 'future', content: '', modifiedAt: 4_000_000_000 },
      { name: 'shared/', type: 'folder', mode: 0o775 },
      { name: 'closed/', type: 'folder', mode: 0o555 },
      { name: 'closed/inside', content: 'x', mode: 0o444 },
      { name: 'link', type: 'link', target: 'deep/er/program' },
      { name: byteName('naïve/漢字.txt'), content: 'utf-8' },
      { name: 'hard', target: 'plain', flag: '1' },
    ]);
    const src = join(work, 'src');
    expect(result.entries).toBe(10);
    expect(readFileSync(join(src, 'plain'), 'utf8')).toBe('hello');
    expect(statSync(join(src, 'plain')).mode & 0o7777).toBe(0o664);
    expect(statSync(join(src, 'plain')).mtimeMs).toBe(1_600_000_000_000);
    expect(statSync(join(src, 'deep/er/program')).mode & 0o7777).toBe(0o755);
    expect(statSync(join(src, 'future')).mtimeMs).toBeLessThanOrEqual(clock.now());
    expect(statSync(join(src, 'shared')).mode & 0o7777).toBe(0o775);
    expect(statSync(join(src, 'closed')).mode & 0o7777).toBe(0o555);
    expect(statSync(join(src, 'closed/inside')).mode & 0o7777).toBe(0o444);
    expect(readlinkSync(join(src, 'link'))).toBe('deep/er/program');
    expect(readFileSync(join(src, 'naïve/漢字.txt'), 'utf8')).toBe('utf-8');
    expect(statSync(join(src, 'hard')).ino).toBe(statSync(join(src, 'plain')).ino);
    expect(readdirSync(stage)).toEqual([]);
  });

  test('joins what is there: entries of the same name are replaced, others stay', async () => {
    const { work, put } = makeFiles();
    for (const dir of ['', 'src', 'src/']) {
      await put(
        [
          { name: 'a/old', content: '1' },
          { name: 'b', content: 'file' },
          { name: 'c/x', content: '' },
        ],
        dir,
      );
      await put(
        [
          { name: 'a/new', content: '2' },
          { name: 'b/now', content: 'folder' },
          { name: 'c', content: 'file' },
        ],
        dir,
      );
      const at = join(work, dir);
      expect(readdirSync(join(at, 'a')).sort()).toEqual(['new', 'old']);
      expect(readFileSync(join(at, 'b/now'), 'utf8')).toBe('folder');
      expect(readFileSync(join(at, 'c'), 'utf8')).toBe('file');
    }
  });

  test('with an entry twice keeps the last', async () => {
    const { work, put } = makeFiles();
    await put([
      { name: 'a', content: '1' },
      { name: 'a', type: 'link', target: 'b' },
      { name: 'a', content: '3' },
    ]);
    expect(readFileSync(join(work, 'src/a'), 'utf8')).toBe('3');
  });

  test('that is compressed is unpacked all the same', async () => {
    const { work, files, lease } = makeFiles();
    const bytes = tgzOf([{ name: 'a', content: 'x'.repeat(100_000) }]);
    const result = await files.putArchive(
      lease,
      { leaseId: 'l', dir: '', compression: 'gzip', stream: 1 },
      sourceOf(bytes),
    );
    expect(result).toEqual({ entries: 1, bytes: bytes.length, digest: digestOf(bytes) });
    expect(statSync(join(work, 'a')).size).toBe(100_000);
  });
});

describe('an archive that is refused', () => {
  const hostile: Record<string, readonly Entry[]> = {
    'an absolute name': [{ name: '/tmp/croft-escape', content: 'x' }],
    'a name with ..': [{ name: 'a/../../escape', content: 'x' }],
    '.. alone': [{ name: '..', type: 'folder' }],
    'a backslash': [{ name: '..\\escape', content: 'x' }],
    'an absolute link': [{ name: 'l', type: 'link', target: '/etc' }],
    'a link out': [{ name: 'l', type: 'link', target: '../../etc' }],
    'a link out through a link': [
      { name: 'p/q/r', type: 'link', target: '../..' },
      { name: 'x', type: 'link', target: 'p/q/r/../..' },
    ],
    'a file through a link': [
      { name: 'l', type: 'link', target: '.' },
      { name: 'l/file', content: 'x' },
    ],
    'a folder through a link': [
      { name: 'd/', type: 'folder' },
      { name: 'l', type: 'link', target: 'd' },
      { name: 'l/sub/', type: 'folder' },
    ],
    'a hard link out': [{ name: 'h', target: '../../outside', flag: '1' }],
    'a hard link to an absolute name': [{ name: 'h', target: '/etc/passwd', flag: '1' }],
    'a hard link to a link': [
      { name: 'l', type: 'link', target: 'x' },
      { name: 'h', target: 'l', flag: '1' },
    ],
    'a hard link to itself': [
      { name: 'h', content: 'x' },
      { name: 'h', target: 'h', flag: '1' },
    ],
    'a device': [{ name: 'null', flag: '3' }],
    'a pipe': [{ name: 'pipe', flag: '6' }],
    'an unknown kind': [{ name: 'what', flag: 'V' }],
    'a file where a folder is': [
      { name: 'd/x', content: '' },
      { name: 'd', content: '' },
    ],
    'a name too long for a disk': [{ name: 'n'.repeat(300), content: '' }],
    'a path too long': [{ name: 'n/'.repeat(2_100), type: 'folder' }],
  };

  test.each(Object.entries(hostile))(
    'for %s leaves the tree as it was and nothing outside',
    async (_, entries) => {
      const { work, stage, put, folder } = makeFiles();
      mkdirSync(join(work, 'src'));
      writeFileSync(join(work, 'src', 'old'), 'old');
      writeFileSync(join(folder, 'outside'), 'secret');
      const problem = await put([{ name: 'first', content: 'x' }, ...entries]).catch(
        (error: unknown) => error,
      );
      expect(problem).toMatchObject({ code: 'invalid_input' });
      expect(readdirSync(join(work, 'src'))).toEqual(['old']);
      expect(readdirSync(stage)).toEqual([]);
      expect(readdirSync(folder).sort()).toEqual(['cache', 'outside', 'stage', 'work']);
      expect(existsSync('/tmp/croft-escape')).toBe(false);
    },
  );

  test('says which entry', async () => {
    const { put } = makeFiles();
    await expect(put([{ name: 'a/../b', content: '' }])).rejects.toThrow(
      'archive entry "a/../b": Contains ".."',
    );
  });

  test('because its bytes are others than announced is not kept', async () => {
    const { work, put, cache, cacheFolder } = makeFiles();
    const wrong = `sha256:${'0'.repeat(64)}`;
    await expect(put([{ name: 'a', content: '' }], 'src', wrong)).rejects.toThrow('params.digest');
    expect(existsSync(join(work, 'src'))).toBe(false);
    expect(cache.find(wrong)).toBeUndefined();
    expect(readdirSync(cacheFolder)).toEqual([]);
  });

  test('because it is cut short', async () => {
    const { files, lease, work } = makeFiles();
    const bytes = tgzOf([{ name: 'a', content: Buffer.from(randomness.bytes(50_000)) }]);
    const cut = sourceOf(bytes.subarray(0, bytes.length - 10_000));
    const params = { leaseId: 'l', dir: 'src', compression: 'gzip', stream: 1 } as const;
    await expect(files.putArchive(lease, params, cut)).rejects.toMatchObject({ code: 'invalid_input' });
    expect(readdirSync(work)).toEqual([]);
  });
});

test('a name of many megabytes is refused before it is kept', async () => {
  const { put } = makeFiles();
  const error = await put([{ name: 'n'.repeat(5 * 1024 * 1024), content: 'x' }]).catch((e: unknown) => e);
  expect(error).toMatchObject({ code: 'too_large' });
});

test('whatever an archive holds, nothing appears outside of the folder it goes to', async () => {
  const name = fc
    .array(fc.constantFrom('a', 'b', '..', '.', '', 'c'), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join('/') || 'x');
  const entry: fc.Arbitrary<Entry> = fc.oneof(
    fc.record({ name, content: fc.constant('x') }),
    fc.record({ name: name.map((path) => `${path}/`), type: fc.constant('folder' as const) }),
    fc.record({ name, type: fc.constant('link' as const), target: name }),
    fc.record({ name, target: name, flag: fc.constant('1') }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 8 }), async (entries) => {
      const { put, work, folder, stage } = makeFiles();
      writeFileSync(join(folder, 'a'), 'outside');
      mkdirSync(join(work, 'b'));
      await put(entries, 'dest').catch((error: unknown) =>
        expect(error).toMatchObject({ code: 'invalid_input' }),
      );
      expect(readdirSync(folder).sort()).toEqual(['a', 'cache', 'stage', 'work']);
      expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('outside');
      expect(readdirSync(work).filter((found) => found !== 'dest')).toEqual(['b']);
      expect(readdirSync(join(work, 'b'))).toEqual([]);
      expect(readdirSync(stage)).toEqual([]);
    }),
    { numRuns: 80 },
  );
});

test('an archive goes where links of the work folder lead, and never out of it', async () => {
  const { work, put, folder } = makeFiles();
  mkdirSync(join(work, 'real'));
  mkdirSync(join(folder, 'elsewhere'));
  symlinkSync('real', join(work, 'inner'));
  symlinkSync(join(folder, 'elsewhere'), join(work, 'outer'));
  await put([{ name: 'a', content: '' }], 'inner/sub');
  expect(readdirSync(join(work, 'real/sub'))).toEqual(['a']);
  await expect(put([{ name: 'a', content: '' }], 'outer/sub')).rejects.toMatchObject({ code: 'forbidden' });
  await expect(put([{ name: 'a', content: '' }], '../x')).rejects.toThrow('dir: Contains ".."');
  expect(readdirSync(join(folder, 'elsewhere'))).toEqual([]);
  // A link that the archive replaces is replaced, not followed.
  await put([{ name: 'outer/file', content: 'x' }], '');
  expect(lstatSync(join(work, 'outer')).isDirectory()).toBe(true);
  expect(readdirSync(join(folder, 'elsewhere'))).toEqual([]);
});

describe('the cache', () => {
  const entries = [{ name: 'a', content: 'cached' }];
  const bytes = tarOf(entries);
  const digest = digestOf(bytes);
  const ask = { leaseId: 'l', dir: 'again', digest };

  test('has what was put with its digest, and a next agent finds it', async () => {
    const { files, lease, put, work, cacheFolder } = makeFiles();
    expect(await files.unpackCached(lease, ask)).toEqual({ have: false, entries: 0 });
    await put(entries, 'src', digest);
    expect(await files.unpackCached(lease, ask)).toEqual({ have: true, entries: 1 });
    expect(readFileSync(join(work, 'again/a'), 'utf8')).toBe('cached');
    writeFileSync(join(cacheFolder, 'new-abc'), 'left by a killed agent');
    const next = createArchiveCache({ folder: cacheFolder, limitBytes: 1e9, clock, randomness });
    expect(next.bytes).toBe(bytes.length);
    expect(next.find(digest)?.compression).toBe('none');
    expect(readdirSync(cacheFolder)).toHaveLength(1);
  });

  test('that was damaged on the disk is as if it had nothing', async () => {
    const { files, lease, put, work, cacheFolder } = makeFiles();
    await put(entries, 'src', digest);
    const file = join(cacheFolder, readdirSync(cacheFolder)[0] ?? '');
    const damaged = Buffer.from(bytes);
    damaged[520] = 0x58;
    writeFileSync(file, damaged);
    expect(await files.unpackCached(lease, ask)).toEqual({ have: false, entries: 0 });
    expect(existsSync(join(work, 'again'))).toBe(false);
    expect(readdirSync(cacheFolder)).toEqual([]);
    await put(entries, 'src', digest);
    writeFileSync(join(cacheFolder, readdirSync(cacheFolder)[0] ?? ''), 'no archive at all');
    expect(await files.unpackCached(lease, ask)).toEqual({ have: false, entries: 0 });
  });

  test('stays within its bound, and the one used longest ago goes first', async () => {
    const archives = [1, 2, 3].map((size) => tarOf([{ name: `f${size}`, content: 'x'.repeat(size * 100) }]));
    const { put, cache } = makeFiles(2 * (archives[0]?.length ?? 0));
    const digests = archives.map(digestOf);
    const putNumber = (index: number) =>
      put([{ name: `f${index + 1}`, content: 'x'.repeat((index + 1) * 100) }], '', digests[index] ?? '');
    await putNumber(0);
    await putNumber(1);
    for await (const _ of cache.find(digests[0] ?? '')?.chunks ?? []);
    await putNumber(2);
    const has = digests.map((known) => cache.find(known) !== undefined);
    expect(has).toEqual([true, false, true]);
    expect(cache.bytes).toBe(2 * (archives[0]?.length ?? 0));
  });

  test('does not take what is larger than all of it', async () => {
    const { put, cache, cacheFolder } = makeFiles(100);
    await put(entries, 'src', digest);
    expect(cache.bytes).toBe(0);
    expect(readdirSync(cacheFolder)).toEqual([]);
  });

  test('orders what it finds by its last use', () => {
    const { cacheFolder } = makeFiles();
    const names = ['1', '2', '3'].map((digit) => `sha256-${digit.repeat(64)}.tar`);
    for (const [index, name] of names.entries()) {
      writeFileSync(join(cacheFolder, name), 'x'.repeat(10));
      utimesSync(join(cacheFolder, name), 1_000 - index, 1_000 - index);
    }
    const cache = createArchiveCache({ folder: cacheFolder, limitBytes: 30, clock, randomness });
    const writer = cache.write(digest, 'none');
    void writer.add(new Uint8Array(5));
    writer.keep();
    expect(cache.find(`sha256:${'3'.repeat(64)}`)).toBeUndefined();
    expect(cache.find(`sha256:${'1'.repeat(64)}`)).toBeDefined();
  });
});
