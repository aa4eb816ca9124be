import { describe, expect, test } from 'bun:test';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { inPieces } from '../../test/agent/archives.ts';
import { scratchFolder } from '../../test/agent/scratch.ts';
import { createSystemClock } from '../kit/clock.ts';
import { createSystemRandomness } from '../kit/ids.ts';
import { currentRuntime } from '../platform/runtime.ts';
import { FarmError } from '../wire/farm-error.ts';
import { limits } from '../wire/limits.ts';
import type { ByteSink, ByteSource } from '../wire/session.ts';
import { listFolder } from './list.ts';
import { createPace } from './pace.ts';
import { removePaths } from './remove.ts';
import { sendArchive } from './tar-out.ts';
import { getFile, putFile } from './transfer.ts';

const randomness = createSystemRandomness();
const clock = createSystemClock();
const pace = () => createPace(clock, currentRuntime().pause);
const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

function sourceOf(chunks: AsyncIterable<Uint8Array>): ByteSource {
  return {
    [Symbol.asyncIterator]: () => chunks[Symbol.asyncIterator](),
    summary: Promise.resolve(undefined),
    cancel: () => undefined,
  };
}

function collect(): { sink: ByteSink; bytes: () => Buffer } {
  const chunks: Uint8Array[] = [];
  return {
    bytes: () => Buffer.concat(chunks),
    sink: {
      write: async (bytes) => {
        chunks.push(bytes.slice());
      },
      end: () => undefined,
      reset: () => undefined,
      broken: new Promise(() => undefined),
    },
  };
}

/** A work folder beside a file that nobody may reach. */
function makeWork() {
  const outer = scratchFolder();
  const work = join(outer, 'work');
  mkdirSync(work);
  writeFileSync(join(outer, 'secret'), 'secret');
  symlinkSync('../secret', join(work, 'out'));
  symlinkSync('..', join(work, 'up'));
  return { outer, work };
}

const outside = ['../secret', '/etc/passwd', 'a/../../secret', '..', 'a\0b', 'a\\b', 'up/secret', 'out'];

describe('one file', () => {
  test('comes in whole with its mode, makes its folders, and replaces what was there', async () => {
    const { work } = makeWork();
    const bytes = randomness.bytes(60_000);
    for (const path of ['a/b/file', 'a/b/file']) {
      const result = await putFile(work, { path, mode: 0o751 }, sourceOf(inPieces(bytes)), randomness);
      expect(result).toEqual({ bytes: bytes.length, digest: digestOf(bytes) });
    }
    expect(readFileSync(join(work, 'a/b/file'))).toEqual(Buffer.from(bytes));
    expect(statSync(join(work, 'a/b/file')).mode & 0o777).toBe(0o751);
    expect(readdirSync(join(work, 'a/b'))).toEqual(['file']);
  });

  test('that breaks off leaves the old one, and nothing beside it', async () => {
    const { work } = makeWork();
    writeFileSync(join(work, 'file'), 'old');
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(1_000);
      throw new FarmError('connection_lost', 'Gone', { blame: 'outside' });
    }
    const put = putFile(work, { path: 'file', mode: 0o644 }, sourceOf(broken()), randomness);
    await expect(put).rejects.toMatchObject({ code: 'connection_lost' });
    expect(readFileSync(join(work, 'file'), 'utf8')).toBe('old');
    expect(readdirSync(work).sort()).toEqual(['file', 'out', 'up']);
  });

  test.each(outside)('is not written to %p', async (path) => {
    const { work, outer } = makeWork();
    const put = putFile(work, { path, mode: 0o644 }, sourceOf(inPieces(new Uint8Array(3))), randomness);
    await expect(put).rejects.toMatchObject({ blame: 'caller' });
    expect(readFileSync(join(outer, 'secret'), 'utf8')).toBe('secret');
    expect(readdirSync(outer).sort()).toEqual(['secret', 'work']);
  });

  test.each(outside)('is not read from %p', async (path) => {
    const { work } = makeWork();
    const { sink, bytes } = collect();
    await expect(getFile(work, path, sink)).rejects.toMatchObject({ blame: 'caller' });
    expect(bytes().length).toBe(0);
  });

  test('goes out with its digest and mode, also through a link that stays inside', async () => {
    const { work } = makeWork();
    const content = Buffer.from(randomness.bytes(300_000));
    writeFileSync(join(work, 'file'), content, { mode: 0o640 });
    symlinkSync('file', join(work, 'alias'));
    for (const path of ['file', 'alias', './/file']) {
      const { sink, bytes } = collect();
      expect(await getFile(work, path, sink)).toEqual({
        bytes: content.length,
        digest: digestOf(content),
        mode: 0o640,
      });
      expect(bytes()).toEqual(content);
    }
  });

  test('that is none is refused: a folder, a pipe, nothing', async () => {
    const { work } = makeWork();
    execFileSync('mkfifo', [join(work, 'pipe')]);
    mkdirSync(join(work, 'folder'));
    for (const path of ['pipe', 'folder']) {
      await expect(getFile(work, path, collect().sink)).rejects.toMatchObject({ code: 'invalid_input' });
    }
    await expect(getFile(work, 'nothing', collect().sink)).rejects.toMatchObject({ code: 'not_found' });
    await expect(getFile(work, 'nothing/below', collect().sink)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a listing', () => {
  test('tells kinds, sizes, digests and targets, sorted, and stays at one level when asked', async () => {
    const { work } = makeWork();
    mkdirSync(join(work, 'd/sub'), { recursive: true });
    writeFileSync(join(work, 'd/sub/file'), 'x');
    writeFileSync(join(work, 'd/weird\tname\n'), 'yy');
    symlinkSync('nowhere', join(work, 'd/link'));
    execFileSync('mkfifo', [join(work, 'd/pipe')]);
    const query = { dir: 'd', recursive: true, digest: true };
    const { entries, cut } = await listFolder(work, query, pace());
    expect(cut).toBe(false);
    expect(entries.map(({ path, kind, digest, target }) => [path, kind, digest, target])).toEqual([
      ['d/link', 'link', undefined, 'nowhere'],
      ['d/pipe', 'other', undefined, undefined],
      ['d/sub', 'dir', undefined, undefined],
      ['d/sub/file', 'file', digestOf(Buffer.from('x')), undefined],
      ['d/weird\tname\n', 'file', digestOf(Buffer.from('yy')), undefined],
    ]);
    const flat = await listFolder(work, { dir: 'd', recursive: false, digest: false }, pace());
    expect(flat.entries.map(({ path }) => path)).toEqual(['d/link', 'd/pipe', 'd/sub', 'd/weird\tname\n']);
  });

  test('of globs has what they select, below the folder, and what selected folders hold', async () => {
    const { work } = makeWork();
    for (const path of ['src/dist/a.js', 'src/dist/deep/b.js', 'src/lib/c.js', 'src/src/d.js']) {
      mkdirSync(join(work, path, '..'), { recursive: true });
      writeFileSync(join(work, path), '');
    }
    const paths = async (...globs: string[]) =>
      (await listFolder(work, { dir: 'src', globs, recursive: true, digest: false }, pace())).entries
        .filter(({ kind }) => kind === 'file')
        .map(({ path }) => path);
    expect(await paths('dist/*.js')).toEqual(['src/dist/a.js']);
    expect(await paths('dist')).toEqual(['src/dist/a.js', 'src/dist/deep/b.js']);
    expect(await paths('**/*.js', 'dist/**')).toHaveLength(4);
    expect(await paths('src/*.js')).toEqual(['src/src/d.js']);
    expect(await paths('nothing/**')).toEqual([]);
  });

  test('is cut at its limit, and says so', async () => {
    const { work } = makeWork();
    mkdirSync(join(work, 'many'));
    for (let index = 0; index <= limits.listEntries; index++)
      writeFileSync(join(work, 'many', `f${index}`), '');
    const query = { dir: 'many', recursive: true, digest: false };
    const listing = await listFolder(work, query, pace());
    expect(listing.entries).toHaveLength(limits.listEntries);
    expect(listing.cut).toBe(true);
    expect(JSON.stringify(listing).length).toBeLessThan(limits.messageBytes);
  });

  test('does not go through links, nor out', async () => {
    const { work } = makeWork();
    const { entries } = await listFolder(work, { dir: '', recursive: true, digest: true }, pace());
    expect(entries.map(({ path, kind }) => [path, kind])).toEqual([
      ['out', 'link'],
      ['up', 'link'],
    ]);
    for (const dir of ['up', '..', '/etc']) {
      const query = { dir, recursive: false, digest: false };
      await expect(listFolder(work, query, pace())).rejects.toMatchObject({ blame: 'caller' });
    }
    const query = { dir: '', globs: ['../*'], recursive: true, digest: false };
    await expect(listFolder(work, query, pace())).rejects.toThrow('globs.0');
  });
});

describe('removal', () => {
  test('takes trees, closed ones too, and links but not what they lead to', async () => {
    const { work, outer } = makeWork();
    mkdirSync(join(work, 'tree/closed'), { recursive: true });
    writeFileSync(join(work, 'tree/closed/file'), '');
    chmodSync(join(work, 'tree/closed'), 0o000);
    expect(await removePaths(work, ['tree', 'out', 'up', 'nothing', 'nothing/below'], pace())).toBe(5);
    expect(readdirSync(work)).toEqual([]);
    expect(existsSync(join(outer, 'secret'))).toBe(true);
  });

  test('checks every path before the first is removed', async () => {
    const { work } = makeWork();
    writeFileSync(join(work, 'file'), '');
    await expect(removePaths(work, ['file', '../secret'], pace())).rejects.toThrow('paths.1');
    expect(existsSync(join(work, 'file'))).toBe(true);
  });

  test('does not reach through a link, and not the folder itself', async () => {
    const { work, outer } = makeWork();
    await expect(removePaths(work, ['up/secret'], pace())).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(removePaths(work, ['.'], pace())).rejects.toMatchObject({ code: 'invalid_input' });
    expect(existsSync(join(outer, 'secret'))).toBe(true);
  });
});

describe('an archive of what globs select', () => {
  test('is what tar unpacks to the same tree', async () => {
    const { work, outer } = makeWork();
    mkdirSync(join(work, 'd/empty'), { recursive: true });
    writeFileSync(join(work, 'd/big'), randomness.bytes(400_000), { mode: 0o755 });
    writeFileSync(join(work, `d/${'long'.repeat(40)}`), 'x');
    writeFileSync(join(work, 'd/naïve'), 'ï');
    symlinkSync('big', join(work, 'd/link'));
    execFileSync('mkfifo', [join(work, 'd/pipe')]);
    writeFileSync(join(work, 'other'), 'not selected');
    const { sink, bytes } = collect();
    const result = await sendArchive(work, ['d'], sink, pace());
    expect(result).toEqual({ entries: 6, bytes: bytes().length, digest: digestOf(bytes()) });
    writeFileSync(join(outer, 'got.tgz'), bytes());
    mkdirSync(join(outer, 'got'));
    execFileSync('tar', ['xzf', join(outer, 'got.tgz'), '-C', join(outer, 'got')]);
    execFileSync('rm', [join(work, 'd/pipe')]);
    execFileSync('diff', ['-r', '--no-dereference', join(work, 'd'), join(outer, 'got/d')]);
    expect(statSync(join(outer, 'got/d/big')).mode & 0o777).toBe(0o755);
    expect(readdirSync(join(outer, 'got'))).toEqual(['d']);
  });

  test('of nothing has no entries', async () => {
    const { work } = makeWork();
    const { sink, bytes } = collect();
    expect((await sendArchive(work, ['none/*'], sink, pace())).entries).toBe(0);
    expect(bytes().length).toBeGreaterThan(0);
  });

  test('ends with the reader that stops', async () => {
    const { work } = makeWork();
    writeFileSync(join(work, 'big'), randomness.bytes(1_000_000));
    const gone = new FarmError('connection_lost', 'Gone', { blame: 'outside' });
    const { sink } = collect();
    const broken: ByteSink = { ...sink, write: () => Promise.reject(gone) };
    await expect(sendArchive(work, ['**'], broken, pace())).rejects.toBe(gone);
  });
});
