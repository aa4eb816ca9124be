/** Sealing: what is stored, in which order, and what happens when a part of it is lost or damaged. */
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { FarmError } from '../../agent/wire/farm-error.ts';
import { longBytes, shareUpTo } from '../../test/fakes/log-bytes.ts';
import { createMemoryLogs, type MemoryLogs } from '../../test/fakes/memory-logs.ts';
import type { SealedLog } from './index.ts';

const text = (content: string) => new TextEncoder().encode(content);

/** Bytes that no compression makes small. */
function noise(bytes: number, seed = 1): Uint8Array {
  const content = new Uint8Array(bytes);
  let state = seed;
  for (let at = 0; at < bytes; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    content[at] = state >>> 24;
  }
  return content;
}

async function contentOf(farm: MemoryLogs, id = 'a'): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of farm.logs.bytes(id)) parts.push(part);
  return Buffer.concat(parts);
}

async function sealedFarm(bytes: Uint8Array): Promise<{ farm: MemoryLogs; log: SealedLog }> {
  const farm = createMemoryLogs();
  const writer = await farm.logs.open('a');
  await writer.append(bytes, 1);
  return { farm, log: await farm.seal(writer, 7) };
}

async function blobOf(farm: MemoryLogs, key: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of farm.blobs.get(key)) parts.push(part);
  return Buffer.concat(parts);
}

async function replaceBlob(farm: MemoryLogs, key: string, content: Uint8Array): Promise<void> {
  await farm.blobs.remove(key);
  await farm.blobs.put(
    key,
    (async function* () {
      yield content;
    })(),
  );
}

test('small forms stand in the database, larger ones in the blob store', async () => {
  const small = await sealedFarm(noise(60_000));
  expect(small.log.content.kind).toBe('inline');
  const large = await sealedFarm(noise(66_000));
  expect(large.log).toMatchObject({
    bytes: 66_000,
    content: { kind: 'blob', key: 'logs/a/0' },
    droppedBytes: 7,
  });
  expect(await contentOf(large.farm)).toEqual(Buffer.from(noise(66_000)));
  expect(await large.farm.logs.stat('a')).toMatchObject({ state: 'sealed', bytes: 66_000, droppedBytes: 7 });
});

test('an empty log is sealed too', async () => {
  const { farm } = await sealedFarm(new Uint8Array(0));
  expect(await contentOf(farm)).toEqual(Buffer.alloc(0));
  expect(await farm.logs.lines('a', { last: 5 })).toEqual([]);
  expect(await farm.logs.problems('a')).toEqual([]);
  expect(await farm.logs.stat('a')).toEqual({
    state: 'sealed',
    bytes: 0,
    lines: 0,
    droppedBytes: 7,
    removed: null,
  });
});

test('a window of a large log is read with ranged gets, and not twice', async () => {
  const farm = createMemoryLogs({ pieceBytes: 1e9 });
  const writer = await farm.logs.open('a');
  for (let at = 0; at < 24; at++) await writer.append(noise(256 * 1024, at), 1);
  await farm.seal(writer);
  const ranges: number[] = [];
  const { get } = farm.blobs;
  Object.assign(farm.blobs, {
    get: (key: string, range?: { from: number; to: number }) => {
      ranges.push((range?.to ?? 0) - (range?.from ?? 0));
      return get(key, range);
    },
  });
  await farm.restart();
  await farm.logs.lines('a', { atOffset: 5_000_000, count: 3 });
  expect(ranges.length).toBeLessThanOrEqual(3);
  expect(ranges.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(2 * 270_000 + 40_000);
  const before = ranges.length;
  await farm.logs.lines('a', { atOffset: 5_000_100, count: 3 });
  expect(ranges.length).toBe(before);
});

test('any damage is told and never answered', async () => {
  const bytes = Buffer.concat([noise(300_000), text('the end\n')]);
  const { farm } = await sealedFarm(bytes);
  const sound = await blobOf(farm, 'logs/a/0');
  let unnoticed = 0;
  await fc.assert(
    fc.asyncProperty(shareUpTo(0.999_999), fc.integer({ min: 1, max: 255 }), async (share, change) => {
      const whole = Buffer.from(sound);
      const at = Math.floor(share * whole.length);
      whole[at] = (whole[at] ?? 0) ^ change;
      await replaceBlob(farm, 'logs/a/0', whole);
      await farm.restart();
      const read = await contentOf(farm).catch((error: unknown) => error);
      // A few bits mean nothing: the first 8 bytes, and some of a zstd frame.
      if (read instanceof Buffer) expect(Buffer.compare(read, bytes)).toBe(0);
      else expect(read).toMatchObject({ code: 'storage_failed', blame: 'farm' });
      if (read instanceof Buffer) unnoticed++;
    }),
    { numRuns: 60 },
  );
  expect(unnoticed).toBeLessThan(5);
});

test('a form that was cut short, or is of another log, is told', async () => {
  const { farm, log } = await sealedFarm(noise(300_000));
  const whole = await blobOf(farm, 'logs/a/0');
  for (const length of [0, 1, 63, 64, 1_000, whole.length - 1]) {
    await replaceBlob(farm, 'logs/a/0', whole.subarray(0, length));
    await farm.restart();
    await expect(farm.logs.lines('a', { last: 1 })).rejects.toMatchObject({ code: 'storage_failed' });
  }
  await replaceBlob(farm, 'logs/a/0', whole);
  farm.sealed.store({ ...log, bytes: log.bytes + 1 });
  await farm.restart();
  await expect(farm.logs.lines('a', { last: 1 })).rejects.toMatchObject({ code: 'storage_failed' });
  farm.sealed.store(log);
  expect((await farm.logs.lines('a', { last: 1 })).length).toBe(1);
});

test('random bytes as a stored form never break the reader', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (data) => {
      const farm = createMemoryLogs();
      farm.sealed.store({
        id: 'a',
        bytes: 10,
        lines: 1,
        droppedBytes: 0,
        sealedAt: 1,
        content: { kind: 'inline', data },
      });
      await expect(farm.logs.lines('a', { last: 1 })).rejects.toMatchObject({ code: 'storage_failed' });
    }),
  );
});

test('a lost blob is told as missing', async () => {
  const { farm } = await sealedFarm(noise(300_000));
  await farm.blobs.remove('logs/a/0');
  await farm.restart();
  await expect(contentOf(farm)).rejects.toMatchObject({ code: 'blob_missing' });
  await expect(farm.logs.search('a', anything)).rejects.toMatchObject({ code: 'blob_missing' });
});

const anything = { query: 'x', regex: false, ignoreCase: false, fromLine: 1, limit: 10 };

test('a seal whose answer was never stored is made again from what the log is by then', async () => {
  const farm = createMemoryLogs();
  const first = await farm.logs.open('a');
  await first.append(noise(300_000), 1);
  await first.flush();
  await first.seal(0);
  farm.crash();
  const second = await farm.logs.open('a');
  await second.append(text('and more'), 2);
  const log = await farm.seal(second);
  expect(log.content).toEqual({ kind: 'blob', key: 'logs/a/1' });
  expect(await contentOf(farm)).toEqual(Buffer.concat([noise(300_000), text('and more')]));
});

test('asking again for the same seal makes no second object', async () => {
  const farm = createMemoryLogs();
  const writer = await farm.logs.open('a');
  await writer.append(noise(300_000), 1);
  const log = await writer.seal(3);
  expect(await writer.seal(3)).toBe(log);
  await writer.append(text('more'), 1);
  expect((await writer.seal(3)).content).toEqual({ kind: 'blob', key: 'logs/a/1' });
});

test('a blob store that fails leaves the log open, to be sealed later', async () => {
  const farm = createMemoryLogs();
  const writer = await farm.logs.open('a');
  await writer.append(noise(300_000), 1);
  const { put } = farm.blobs;
  Object.assign(farm.blobs, { put: () => Promise.reject(new Error('503')) });
  await expect(writer.seal(0)).rejects.toMatchObject({ code: 'storage_failed', retry: 'same' });
  Object.assign(farm.blobs, { put });
  await farm.seal(writer);
  expect((await contentOf(farm)).length).toBe(300_000);
});

test('a log without a stored form is not discarded', async () => {
  const farm = createMemoryLogs();
  const writer = await farm.logs.open('a');
  await writer.append(text('precious'), 1);
  await expect(writer.discard()).rejects.toMatchObject({ code: 'conflict' });
  farm.sealed.store(await writer.seal(0));
  await writer.append(text('!'), 1);
  await expect(writer.discard()).rejects.toMatchObject({ code: 'conflict' });
  expect((await contentOf(farm)).toString()).toBe('precious!');
});

test('a sealed log takes nothing, and its writer can be discarded twice', async () => {
  const farm = createMemoryLogs();
  const writer = await farm.logs.open('a');
  await farm.seal(writer);
  await writer.discard();
  await expect(writer.append(text('x'), 1)).rejects.toMatchObject({ code: 'conflict' });
  await expect(writer.flush()).rejects.toMatchObject({ code: 'conflict' });
  await expect(farm.logs.open('a')).rejects.toMatchObject({ code: 'conflict' });
});

test('a file that was left behind by a crash before discard goes at the next start', async () => {
  const farm = createMemoryLogs();
  for (const id of ['stored', 'running']) {
    const writer = await farm.logs.open(id);
    await writer.append(text(id), 1);
    await writer.flush();
    if (id === 'stored') farm.sealed.store(await writer.seal(0));
  }
  farm.crash();
  expect(await farm.logs.stat('stored')).toMatchObject({ state: 'sealed' });
  expect(await farm.logs.removeLeftovers()).toBe(1);
  expect(farm.disk.ids()).toEqual(['running']);
  expect((await contentOf(farm, 'running')).toString()).toBe('running');
});

test('a reader in the middle of a log goes on in the sealed form', async () => {
  await fc.assert(
    fc.asyncProperty(longBytes, fc.nat({ max: 5 }), async (bytes, before) => {
      const farm = createMemoryLogs();
      const writer = await farm.logs.open('a');
      await writer.append(bytes, 1);
      await writer.flush();
      const parts: Uint8Array[] = [];
      let read = 0;
      for await (const part of farm.logs.bytes('a')) {
        parts.push(part);
        if (read++ === before) await farm.seal(writer);
      }
      expect(Buffer.compare(Buffer.concat(parts), bytes)).toBe(0);
    }),
    { numRuns: 10 },
  );
});

test('a disk that fails while it is read is told', async () => {
  const farm = createMemoryLogs();
  const writer = await farm.logs.open('a');
  await writer.append(text('x'), 1);
  farm.disk.refuse(new FarmError('storage_failed', 'EIO', { blame: 'farm' }));
  await expect(writer.flush({ sync: true })).rejects.toMatchObject({ code: 'storage_failed' });
});
