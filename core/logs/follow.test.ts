import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { cutAt, cuts, hostileBytes, shareUpTo } from '../../test/fakes/log-bytes.ts';
import { createMemoryLogs } from '../../test/fakes/memory-logs.ts';
import type { LogChunk, Logs } from './index.ts';

const text = (content: string) => new TextEncoder().encode(content);
const never = new AbortController().signal;

/** Reads to the end; every chunk has to begin where the one before it ended. */
async function readAll(chunks: AsyncIterable<LogChunk>, from: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let offset = from;
  for await (const chunk of chunks) {
    expect(chunk.offset).toBe(offset);
    expect(chunk.bytes.length).toBeGreaterThan(0);
    offset += chunk.bytes.length;
    parts.push(chunk.bytes);
  }
  return Buffer.concat(parts);
}

test('from any offset, whenever they come, readers get exactly what follows', async () => {
  await fc.assert(
    fc.asyncProperty(
      hostileBytes,
      cuts,
      fc.array(shareUpTo(1.2), { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      async (bytes, shares, offsets, isFlushed) => {
        const clock = createManualClock();
        const farm = createMemoryLogs({ clock });
        const writer = await farm.logs.open('a');
        const reads: { from: number; read: Promise<Buffer> }[] = [];
        for (const [index, piece] of cutAt(bytes, shares).entries()) {
          const share = offsets[index];
          if (share !== undefined) {
            const from = Math.floor(share * bytes.length);
            reads.push({ from, read: readAll(farm.logs.follow('a', from, never), from) });
          }
          await writer.append(piece, index);
          if (isFlushed) await writer.flush();
          if (index % 2 === 0) await clock.advance(30);
        }
        await farm.seal(writer);
        for (const { from, read } of reads) expect(await read).toEqual(Buffer.from(bytes.subarray(from)));
        const late = readAll(farm.logs.follow('a', 1, never), 1);
        expect(await late).toEqual(Buffer.from(bytes.subarray(1)));
      },
    ),
    { numRuns: 100 },
  );
});

test('a reader at the end sees output at once', async () => {
  const farm = createMemoryLogs();
  const writer = await farm.logs.open('a');
  const chunks = farm.logs.follow('a', 0, never)[Symbol.asyncIterator]();
  const first = chunks.next();
  await writer.append(text('now'), 1);
  expect(await first).toEqual({ done: false, value: { offset: 0, bytes: text('now') } });
  await chunks.return?.();
});

test('in a flood readers are told every 25 ms, and nothing is left over', async () => {
  const clock = createManualClock();
  const farm = createMemoryLogs({ clock });
  const writer = await farm.logs.open('a');
  const got: number[] = [];
  const reading = (async () => {
    for await (const chunk of farm.logs.follow('a', 0, never)) got.push(chunk.bytes.length);
  })();
  for (let piece = 0; piece < 1_000; piece++) {
    await writer.append(text('x'), 1);
    await clock.advance(1);
  }
  await farm.seal(writer);
  await reading;
  expect(got.reduce((sum, bytes) => sum + bytes, 0)).toBe(1_000);
  expect(got.length).toBeLessThan(60);
});

test('a reader that stands still is served from the file and costs no memory', async () => {
  const farm = createMemoryLogs();
  const writer = await farm.logs.open('a');
  const slow = farm.logs.follow('a', 0, never)[Symbol.asyncIterator]();
  const block = new Uint8Array(1024 * 1024).fill(65);
  await writer.append(block, 1);
  await slow.next();
  for (let count = 1; count < 8; count++) await writer.append(block, 1);
  await writer.flush();
  expect(farm.logs.figures()).toMatchObject({ unflushedBytes: 0, followers: 1 });
  let read = 64 * 1024;
  while (read < 8 * block.length) read += (await slow.next()).value?.bytes.length ?? 0;
  expect(read).toBe(8 * block.length);
  await slow.return?.();
  expect(farm.logs.figures().followers).toBe(0);
});

test('thousands of readers of one log', async () => {
  const clock = createManualClock();
  const farm = createMemoryLogs({ clock });
  const writer = await farm.logs.open('a');
  const reads = Array.from({ length: 3_000 }, () => readAll(farm.logs.follow('a', 0, never), 0));
  for (let round = 0; round < 5; round++) await writer.append(text(`line ${round}\n`), 1);
  await clock.advance(1);
  await farm.seal(writer);
  await clock.advance(100);
  for (const content of await Promise.all(reads)) expect(content.length).toBe(35);
  expect(farm.logs.figures()).toMatchObject({ open: 0, followers: 0 });
});

async function waitingReader(logs: Logs, signal: AbortSignal) {
  const chunks = logs.follow('a', 0, signal)[Symbol.asyncIterator]();
  const next = chunks.next();
  next.catch(() => undefined);
  for (let round = 0; round < 20; round++) await Promise.resolve();
  return { chunks, next };
}

test('a signal, a return and a shutdown let a waiting reader go', async () => {
  const farm = createMemoryLogs();
  await farm.logs.open('a');
  const abort = new AbortController();
  const aborted = await waitingReader(farm.logs, abort.signal);
  abort.abort(new Error('gone'));
  await expect(aborted.next).rejects.toThrow('gone');
  const returned = await waitingReader(farm.logs, never);
  await returned.chunks.return?.();
  expect(await returned.next).toEqual({ done: true, value: undefined });
  const stopped = await waitingReader(farm.logs, never);
  expect(farm.logs.figures().followers).toBe(1);
  await farm.logs.stop();
  await expect(stopped.next).rejects.toMatchObject({ code: 'shutting_down' });
  expect(farm.logs.figures().followers).toBe(0);
});

test('a log that is not there is told', async () => {
  const { logs } = createMemoryLogs();
  await expect(readAll(logs.follow('nothing', 0, never), 0)).rejects.toMatchObject({ code: 'not_found' });
  expect(await logs.stat('nothing')).toEqual({
    state: 'missing',
    bytes: 0,
    lines: 0,
    droppedBytes: 0,
    removed: null,
  });
  await expect(logs.lines('nothing', { last: 1 })).rejects.toMatchObject({ code: 'not_found' });
  await expect(logs.problems('nothing')).rejects.toMatchObject({ code: 'not_found' });
});
