/** What a writer is promised: nothing durable is lost, back-pressure, small logs without files, a way on after a crash. */
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import { hostileBytes, shareUpTo } from '../../test/fakes/log-bytes.ts';
import { createMemoryLogs, type MemoryLogs } from '../../test/fakes/memory-logs.ts';
import { naiveLines, withoutTime } from '../../test/fakes/naive-log.ts';

const text = (content: string) => new TextEncoder().encode(content);
const diskFull = new FarmError('disk_full', 'No space', { blame: 'farm', retry: 'same' });

async function contentOf(farm: MemoryLogs, id = 'a'): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of farm.logs.bytes(id)) parts.push(part);
  return Buffer.concat(parts);
}

/** Whether the promise is settled once everything that is ready has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  const done = () => {
    pending = false;
  };
  promise.then(done, done);
  for (let round = 0; round < 50; round++) await Promise.resolve();
  return pending;
}

test('a small log that ends soon needs no file', async () => {
  const farm = createMemoryLogs();
  const writer = await farm.logs.open('a');
  await writer.append(text('hello\n'), 1_000);
  expect(await contentOf(farm)).toEqual(Buffer.from('hello\n'));
  expect(farm.disk.ids()).toEqual([]);
  const log = await farm.seal(writer);
  expect(log).toMatchObject({ bytes: 6, lines: 1, content: { kind: 'inline' } });
  expect(farm.disk.ids()).toEqual([]);
});

test('what was appended is on disk after 300 ms, without a flush', async () => {
  const clock = createManualClock();
  const farm = createMemoryLogs({ clock });
  const writer = await farm.logs.open('a');
  await writer.append(text('hello'), 1_000);
  await clock.advance(299);
  expect([writer.durableSize, farm.disk.ids().length]).toEqual([0, 0]);
  await clock.advance(1);
  expect([writer.durableSize, farm.disk.ids().length]).toEqual([5, 1]);
  await writer.append(text(' again'), 1_500);
  await clock.advance(300);
  expect(writer.durableSize).toBe(11);
  expect(clock.waiting).toBe(0);
});

test('more than 64 KiB is on its way at once', async () => {
  const farm = createMemoryLogs();
  const writer = await farm.logs.open('a');
  await writer.append(new Uint8Array(65_535), 1);
  expect(await isPending(Promise.resolve())).toBe(false);
  expect(writer.durableSize).toBe(0);
  await writer.append(new Uint8Array(1), 1);
  expect(await isPending(Promise.resolve())).toBe(false);
  expect(writer.durableSize).toBe(65_536);
});

test('a slow disk makes the writer wait at 1 MiB, and readers see all of it', async () => {
  const farm = createMemoryLogs();
  const writer = await farm.logs.open('a');
  farm.disk.hold();
  const first = writer.append(new Uint8Array(1024 * 1024 - 1).fill(65), 1);
  expect(await isPending(first)).toBe(false);
  const second = writer.append(new Uint8Array(1).fill(66), 1);
  expect(await isPending(second)).toBe(true);
  expect((await contentOf(farm)).length).toBe(1024 * 1024);
  await farm.disk.release();
  await second;
  await writer.flush();
  expect(writer.durableSize).toBe(1024 * 1024);
  expect(farm.logs.figures()).toMatchObject({ open: 1, unflushedBytes: 0, failing: 0 });
});

test('many logs on a stuck disk share a bounded memory', async () => {
  const farm = createMemoryLogs();
  farm.disk.hold();
  const waits: Promise<void>[] = [];
  for (let log = 0; log < 90; log++) {
    const writer = await farm.logs.open(`log${log}`);
    waits.push(writer.append(new Uint8Array(1_000_000), 1));
  }
  const pending = await Promise.all(waits.map(isPending));
  expect(pending.filter((isWaiting) => isWaiting).length).toBeGreaterThan(20);
  await farm.disk.release();
  await Promise.all(waits);
});

test('a full disk is told by flush, keeps the bytes, and is tried again', async () => {
  const clock = createManualClock();
  const farm = createMemoryLogs({ clock });
  const writer = await farm.logs.open('a');
  await writer.append(text('one'), 1);
  farm.disk.refuse(diskFull);
  await expect(writer.flush()).rejects.toMatchObject({ code: 'disk_full' });
  await writer.append(text(' two'), 1);
  expect(farm.logs.figures()).toMatchObject({ failing: 1, unflushedBytes: 7 });
  expect((await contentOf(farm)).toString()).toBe('one two');
  farm.disk.refuse(null);
  await clock.advance(5_000);
  expect([writer.durableSize, farm.logs.figures().failing]).toEqual([7, 0]);
});

test('a writer that waits for room learns of a disk that stays full after half a minute', async () => {
  const clock = createManualClock();
  const farm = createMemoryLogs({ clock });
  const writer = await farm.logs.open('a');
  farm.disk.refuse(diskFull);
  const append = writer.append(new Uint8Array(2 * 1024 * 1024), 1);
  append.catch(() => undefined);
  await clock.advance(29_000);
  expect(await isPending(append)).toBe(true);
  await clock.advance(7_000);
  await expect(append).rejects.toMatchObject({ code: 'disk_full' });
});

test('after a crash at any moment the log is a beginning of what was written, with all that was durable', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('append' as const), bytes: hostileBytes }),
    fc.record({
      do: fc.constantFrom('flush' as const, 'sync' as const, 'hold' as const, 'release' as const),
    }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 400 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.nat({ max: 3 }), async (steps, kept) => {
      const clock = createManualClock();
      const farm = createMemoryLogs({ clock });
      const writer = await farm.logs.open('a');
      const written: Uint8Array[] = [];
      for (const each of steps) {
        if (each.do === 'append') {
          written.push(each.bytes);
          await writer.append(each.bytes, clock.now());
        } else if (each.do === 'flush') writer.flush().catch(() => undefined);
        else if (each.do === 'sync') writer.flush({ sync: true }).catch(() => undefined);
        else if (each.do === 'hold') farm.disk.hold();
        else if (each.do === 'release') await farm.disk.release();
        else if (each.do === 'wait') await clock.advance(each.ms);
      }
      const all = Buffer.concat(written);
      const { durableSize } = writer;
      farm.crash(kept);
      const again = await farm.logs.open('a');
      expect(again.size).toBeGreaterThanOrEqual(durableSize);
      expect(again.durableSize).toBe(again.size);
      const content = await contentOf(farm);
      expect(Buffer.compare(content, all.subarray(0, again.size))).toBe(0);
      expect((await farm.logs.lines('a', { last: 50 })).map(withoutTime)).toEqual(
        naiveLines(content).slice(-50),
      );
      await again.append(all.subarray(again.size), clock.now());
      await farm.seal(again);
      expect(Buffer.compare(await contentOf(farm), all)).toBe(0);
    }),
    { numRuns: 100 },
  );
});

test('a log is cut back to resume, wherever its bytes are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(hostileBytes, { maxLength: 5 }),
      shareUpTo(1),
      fc.boolean(),
      fc.uint8Array({ maxLength: 20 }),
      async (pieces, share, isFlushed, more) => {
        const farm = createMemoryLogs();
        const writer = await farm.logs.open('a');
        for (const piece of pieces) await writer.append(piece, 1);
        if (isFlushed) await writer.flush();
        await farm.logs.problems('a');
        const size = Math.floor(share * writer.size);
        await writer.truncate(size);
        await writer.append(more, 2);
        const expected = Buffer.concat([Buffer.concat(pieces).subarray(0, size), more]);
        expect(await contentOf(farm)).toEqual(expected);
        const lines = naiveLines(expected);
        expect((await farm.logs.lines('a', { from: 1, count: 500 })).map(withoutTime)).toEqual(lines);
        await farm.seal(writer);
        expect(await contentOf(farm)).toEqual(expected);
        expect(farm.logs.figures().unflushedBytes).toBe(0);
      },
    ),
    { numRuns: 100 },
  );
});

test('a log can not be cut to more than it has', async () => {
  const farm = createMemoryLogs();
  const writer = await farm.logs.open('a');
  await writer.append(text('abc'), 1);
  await expect(writer.truncate(4)).rejects.toMatchObject({ code: 'conflict' });
});

test('a cut at the border of a block keeps lines right', async () => {
  const farm = createMemoryLogs();
  const writer = await farm.logs.open('a');
  const block = new Uint8Array(256 * 1024).fill(65);
  block[block.length - 1] = 10;
  await writer.append(block, 1);
  await writer.append(text('rest'), 1);
  await writer.truncate(block.length);
  expect(await farm.logs.stat('a')).toMatchObject({ bytes: block.length, lines: 1 });
  await writer.append(text('x'), 1);
  expect(await farm.logs.stat('a')).toMatchObject({ lines: 2 });
  expect(await farm.logs.lines('a', { from: 2, count: 5 })).toMatchObject([{ number: 2, text: 'x' }]);
});

test('lines keep the time of their first byte, through flushes, restarts and sealing', async () => {
  const farm = createMemoryLogs();
  const writer = await farm.logs.open('a');
  await writer.append(text('first\nsec'), 1_000);
  await writer.append(text('ond\n'), 2_000);
  await writer.append(text('third\n'), 2_050);
  await writer.append(text('fourth\n'), Number.NaN);
  const times = async () => (await farm.logs.lines('a', { from: 1, count: 9 })).map((line) => line.at);
  // Output within 100 ms shares a time; a time that is none is replaced by the clock's.
  const expected = [1_000, 1_000, 2_000, Date.UTC(2030, 0, 1)];
  expect(await times()).toEqual(expected);
  await farm.restart();
  const again = await farm.logs.open('a');
  expect(await times()).toEqual(expected);
  await farm.seal(again);
  expect(await times()).toEqual(expected);
});
