import { describe, expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { scratchFolder } from '../../test/agent/scratch.ts';
import { createManualClock } from '../kit/manual-clock.ts';
import { createSegments, extentOf, type Segments } from './segments.ts';
import { createSpool, type Spool, tailBytes } from './spool.ts';
import { createSpoolBudget } from './spool-budget.ts';
import { createTimeMarks } from './time-marks.ts';

const segmentBytes = 1_000;

function spoolOn(
  options: {
    limitBytes?: number;
    budgetBytes?: number;
    fileBytes?: number;
    segments?: Segments;
    onDiskFailure?: () => void;
  } = {},
) {
  const folder = scratchFolder();
  const clock = createManualClock();
  const budget = createSpoolBudget(options.budgetBytes ?? Number.MAX_SAFE_INTEGER, clock);
  const spool = createSpool({
    segments: options.segments ?? createSegments(join(folder, 'run'), options.fileBytes ?? segmentBytes),
    marks: createTimeMarks(0),
    budget,
    limitBytes: options.limitBytes ?? Number.MAX_SAFE_INTEGER,
    onDiskFailure: options.onDiskFailure ?? (() => undefined),
  });
  return { folder, budget, spool, clock };
}

async function readFrom(spool: Spool, offset: number, limit = 700): Promise<Buffer> {
  const reader = spool.reader();
  const chunks: Uint8Array[] = [];
  for (let at = offset; ; ) {
    const chunk = await reader.read(at, limit);
    if (chunk === undefined) break;
    chunks.push(chunk.bytes);
    at += chunk.bytes.length;
  }
  reader.close();
  return Buffer.concat(chunks);
}

/** Appends, and waits until it can be read. */
async function appended(spool: Spool, bytes: Uint8Array): Promise<void> {
  const end = spool.bytes + bytes.length;
  const readable = new Promise<void>((resolve) => {
    spool.onGrowth(() => {
      if (spool.bytes >= end) resolve();
    });
  });
  await spool.append(bytes, 0);
  await readable;
}

/** Promises that are ready have run. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Bytes that tell where they are. */
function pattern(length: number, from = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (from + index) % 251);
}

test('what was appended is read back from any offset, in steps of any size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 2_500 }), { minLength: 1, maxLength: 12 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 3_000 }),
      async (lengths, share, limit) => {
        const { spool } = spoolOn();
        let total = 0;
        for (const length of lengths) {
          await spool.append(pattern(length, total), total);
          total += length;
        }
        expect(await spool.finish()).toBe(0);
        expect(spool.bytes).toBe(total);
        const offset = Math.floor(share * total);
        expect(await readFrom(spool, offset, limit)).toEqual(Buffer.from(pattern(total - offset, offset)));
      },
    ),
    { numRuns: 60 },
  );
});

test('a chunk that is read has one time, the one at which it was written', async () => {
  const { spool } = spoolOn();
  await spool.append(pattern(500), 1_000);
  await spool.append(pattern(500), 2_000);
  await spool.finish();
  const reader = spool.reader();
  expect(await reader.read(400, 300)).toMatchObject({ at: 1_000, bytes: { length: 100 } });
  expect(await reader.read(500, 300)).toMatchObject({ at: 2_000, bytes: { length: 300 } });
  reader.close();
});

test('readers hear of growth, and a reader that stopped listening does not', async () => {
  const { spool } = spoolOn();
  let heard = 0;
  const stop = spool.onGrowth(() => {
    heard++;
  });
  await spool.append(pattern(5), 0);
  await spool.finish();
  expect(heard).toBeGreaterThan(0);
  const before = heard;
  stop();
  await spool.append(pattern(5), 0);
  await spool.finish();
  expect(heard).toBe(before);
});

describe('past the limit', () => {
  test('a little more than the limit is kept whole', async () => {
    const { spool } = spoolOn({ limitBytes: 1_500 });
    await spool.append(pattern(4_000), 0);
    expect(await spool.finish()).toBe(0);
    expect(await readFrom(spool, 0)).toEqual(Buffer.from(pattern(4_000)));
  });

  test('the head and the last MiB are kept, and a note says how much is missing', async () => {
    const { spool } = spoolOn({ limitBytes: 1_500, fileBytes: 300_000 });
    const total = 1_500 + tailBytes + 7_000;
    for (let at = 0; at < total; at += 50_000) {
      await spool.append(pattern(Math.min(50_000, total - at), at), at);
    }
    expect(await spool.finish()).toBe(7_000);
    const all = await readFrom(spool, 0, 100_000);
    expect(all.subarray(0, 1_500)).toEqual(Buffer.from(pattern(1_500)));
    expect(all.subarray(-tailBytes)).toEqual(Buffer.from(pattern(tailBytes, total - tailBytes)));
    const notes = all.subarray(1_500, all.length - tailBytes).toString();
    expect(notes).toContain('[croft] The output is over its limit of 1500 bytes; from here only the last');
    expect(notes).toContain('7000 bytes are left out here');
    expect(spool.bytes).toBe(all.length);
  });

  test('offsets that were read before the end stay what they were', async () => {
    const { spool } = spoolOn({ limitBytes: 1_500, fileBytes: 300_000 });
    for (let at = 0; at < 3 * tailBytes; at += 100_000) await spool.append(pattern(100_000, at), at);
    await spool.append(new Uint8Array(0), 0);
    const before = await readFrom(spool, 0);
    await spool.finish();
    expect((await readFrom(spool, 0, 100_000)).subarray(0, before.length)).toEqual(before);
  });

  test('a limit of zero keeps the end', async () => {
    const { spool } = spoolOn({ limitBytes: 0 });
    await spool.append(pattern(100), 0);
    expect(await spool.finish()).toBe(0);
    expect(await readFrom(spool, 0)).toEqual(Buffer.from(pattern(100)));
  });
});

describe('the budget', () => {
  test('acknowledged output goes first, and only when room is needed', async () => {
    const { spool, budget } = spoolOn({ budgetBytes: 4_000 });
    await appended(spool, pattern(3_500));
    spool.acknowledge(2_100);
    expect(spool.firstOffset).toBe(0);
    await spool.append(pattern(2_000, 3_500), 0);
    expect(await spool.finish()).toBe(0);
    expect(spool.firstOffset).toBe(2_000);
    expect(await readFrom(spool, 2_000)).toEqual(Buffer.from(pattern(3_500, 2_000)));
    expect(budget.used).toBe(3_500);
  });

  test('holds a run while acknowledgements come, and loses nothing', async () => {
    const { spool } = spoolOn({ budgetBytes: 3_000 });
    await appended(spool, pattern(3_000));
    let isTaken = false;
    const append = spool.append(pattern(2_500, 3_000), 0).then(() => {
      isTaken = true;
    });
    spool.acknowledge(500);
    await settled();
    expect(isTaken).toBe(false);
    spool.acknowledge(2_000);
    await settled();
    expect(isTaken).toBe(false);
    spool.acknowledge(3_000);
    await append;
    expect(await spool.finish()).toBe(0);
    expect(await readFrom(spool, 3_000)).toEqual(Buffer.from(pattern(2_500, 3_000)));
  });

  test('without anything acknowledged for a while the end is kept, and the note names the machine', async () => {
    const { spool, clock } = spoolOn({ budgetBytes: 4_000, fileBytes: 300_000 });
    const first = spool.append(pattern(100_000), 0);
    await clock.advance(10_000);
    await first;
    for (let at = 100_000; at < 2 * tailBytes; at += 100_000) await spool.append(pattern(100_000, at), 0);
    expect(await spool.finish()).toBeGreaterThan(0);
    expect((await readFrom(spool, 0, 100_000)).toString('latin1')).toContain(
      'spools of this machine are full',
    );
  });

  test('does not hold the end of a run', async () => {
    const { spool } = spoolOn({ budgetBytes: 1_000 });
    void spool.append(pattern(3_000), 0);
    expect(await spool.finish()).toBe(0);
    expect(await readFrom(spool, 0)).toEqual(Buffer.from(pattern(3_000)));
  });

  test('a spool that is removed gives all of it back', async () => {
    const { spool, budget, folder } = spoolOn({ limitBytes: 2_000, fileBytes: 300_000 });
    for (let at = 0; at < 2 * tailBytes; at += 100_000) await spool.append(pattern(100_000, at), 0);
    await spool.finish();
    expect(budget.used).toBe(spool.bytes);
    spool.remove();
    expect(budget.used).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a full disk', () => {
  /** Takes so many bytes and then no more, until it is let. */
  function fullDisk(roomBytes: number): { segments: Segments; free: () => void } {
    const inner = createSegments(join(scratchFolder(), 'run'), segmentBytes);
    let room = roomBytes;
    const segments: Segments = {
      ...inner,
      get end() {
        return inner.end;
      },
      get first() {
        return inner.first;
      },
      async append(bytes) {
        const part = bytes.subarray(0, Math.max(0, room));
        room -= part.length;
        await inner.append(part);
        if (part.length < bytes.length) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      },
    };
    return { segments, free: () => (room = Number.MAX_SAFE_INTEGER) };
  }

  test('is told, and what fits in memory is not lost when there is room again', async () => {
    let told = 0;
    const { segments, free } = fullDisk(1_200);
    const { spool } = spoolOn({ segments, onDiskFailure: () => told++ });
    await spool.append(pattern(3_000), 0);
    await spool.append(pattern(1_000, 3_000), 0);
    free();
    expect(await spool.finish()).toBe(0);
    expect(told).toBe(1);
    expect(await readFrom(spool, 0)).toEqual(Buffer.from(pattern(4_000)));
  });

  test('that stays full costs the output and says how much', async () => {
    const { segments } = fullDisk(1_200);
    const { spool } = spoolOn({ segments });
    await spool.append(pattern(3_000), 0);
    expect(await spool.finish()).toBe(1_800);
    expect(await readFrom(spool, 0)).toEqual(Buffer.from(pattern(1_200)));
  });
});

test("an earlier agent's files are found, up to a gap", async () => {
  const folder = scratchFolder();
  const prefix = join(folder, 'run');
  const first = createSegments(prefix, segmentBytes);
  await first.append(pattern(2_300));
  first.closeWriter();
  const extent = extentOf(prefix, segmentBytes, [2, 0, 1]);
  expect(extent).toEqual({ firstFile: 0, endFile: 3, bytes: 2_300 });
  const again = createSegments(prefix, segmentBytes, { found: extent });
  expect(Buffer.from(await again.read(1_900, 1_000, { file: undefined, index: -1 }))).toEqual(
    Buffer.from(pattern(100, 1_900)),
  );
  expect(extentOf(prefix, segmentBytes, [0, 2]).bytes).toBe(1_000);
  again.remove();
  expect(existsSync(`${prefix}.out-000000`)).toBe(false);
});
