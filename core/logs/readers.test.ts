/** Whatever is written, in whatever pieces: open and sealed readers see what a plain array of bytes would show. */
import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { cutAt, cuts, hostileBytes, longBytes, shareUpTo } from '../../test/fakes/log-bytes.ts';
import { createMemoryLogs } from '../../test/fakes/memory-logs.ts';
import { matchedOf, naiveLines, naiveSearch, withoutTime } from '../../test/fakes/naive-log.ts';
import type { Logs } from './index.ts';

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

function share(value: number, of: number): number {
  return Math.floor(value * of);
}

interface Question {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

const question = fc.record({
  from: shareUpTo(1.1),
  to: shareUpTo(1.1),
  count: fc.integer({ min: 1, max: 400 }),
});

async function compare(logs: Logs, bytes: Uint8Array, { from, to, count }: Question): Promise<void> {
  const lines = naiveLines(bytes);
  expect(await logs.stat('a')).toMatchObject({ bytes: bytes.length, lines: lines.length });
  expect(Buffer.compare(await bytesOf(logs.bytes('a')), bytes)).toBe(0);
  const range = [share(from, bytes.length), share(to, bytes.length)] as const;
  expect(Buffer.compare(await bytesOf(logs.bytes('a', ...range)), bytes.subarray(...range))).toBe(0);
  const line = share(from, lines.length) + 1;
  const window = await logs.lines('a', { from: line, count });
  expect(window.map(withoutTime)).toEqual(lines.slice(line - 1, line - 1 + window.length));
  if (line <= lines.length) expect(window.length).toBeGreaterThan(0);
  const last = (await logs.lines('a', { last: count })).map(withoutTime);
  expect(last).toEqual(last.length === 0 ? [] : lines.slice(-last.length));
  expect(last.length > 0).toBe(lines.length > 0);
  const offset = share(to, bytes.length);
  const [at] = await logs.lines('a', { atOffset: offset, count: 1 });
  expect(at?.number).toBe(lines.findLast((candidate) => candidate.offset <= offset)?.number);
}

const searches = [
  { query: 'error', regex: false, ignoreCase: false, pattern: /error/ },
  { query: 'ERROR', regex: false, ignoreCase: true, pattern: /ERROR/i },
  { query: 'é', regex: false, ignoreCase: false, pattern: /é/ },
  { query: '\ufffd', regex: false, ignoreCase: false, pattern: /\ufffd/ },
  { query: '^[a-z]+r\\b.?', regex: true, ignoreCase: false, pattern: /^[a-z]+r\b.?/u },
  { query: '(日|x{1}|😀|x+)$', regex: true, ignoreCase: true, pattern: /(日|x{1}|😀|x+)$/iu },
  { query: '[^ -~]{2}', regex: true, ignoreCase: false, pattern: /[^ -~]{2}/u },
  { query: '^$', regex: true, ignoreCase: false, pattern: /^$/u },
] as const;

async function compareSearches(logs: Logs, bytes: Uint8Array, from: number): Promise<void> {
  const lines = naiveLines(bytes);
  for (const { pattern, ...kind } of searches) {
    const search = { ...kind, fromLine: 1, limit: 1_000 };
    const first = Math.max(1, share(from, lines.length));
    const wanted = naiveSearch(lines.slice(first - 1), pattern);
    const found: unknown[] = [];
    let next: number | null = first;
    for (let pages = 0; next !== null && pages < 4; pages++) {
      const page = await logs.search('a', { ...search, fromLine: next });
      found.push(...page.matches.map(matchedOf));
      next = page.next;
    }
    expect(found).toEqual(next === null ? wanted : wanted.slice(0, found.length));
  }
}

async function bothWays(bytes: Uint8Array, shares: readonly number[], check: (logs: Logs) => Promise<void>) {
  const farm = createMemoryLogs({ pieceBytes: 1 + (bytes.length % 100_000) });
  const writer = await farm.logs.open('a');
  for (const [index, piece] of cutAt(bytes, shares).entries()) {
    await writer.append(piece, 1_000 * index);
    if (index % 3 === 1) await writer.flush();
  }
  await check(farm.logs);
  const times = await farm.logs.lines('a', { last: 100 });
  const problems = await farm.logs.problems('a');
  await farm.seal(writer);
  await check(farm.logs);
  expect(await farm.logs.lines('a', { last: 100 })).toEqual(times);
  expect(await farm.logs.problems('a')).toEqual(problems);
  expect(farm.disk.ids()).toEqual([]);
}

test('small hostile logs', async () => {
  await fc.assert(
    fc.asyncProperty(hostileBytes, cuts, question, (bytes, shares, asked) =>
      bothWays(bytes, shares, async (logs) => {
        await compare(logs, bytes, asked);
        await compareSearches(logs, bytes, asked.from);
      }),
    ),
    { numRuns: 200 },
  );
}, 60_000);

test('logs over many blocks and past every limit', async () => {
  await fc.assert(
    fc.asyncProperty(longBytes, cuts, question, (bytes, shares, asked) =>
      bothWays(bytes, shares, async (logs) => {
        await compare(logs, bytes, asked);
        await compareSearches(logs, bytes, asked.from);
      }),
    ),
    { numRuns: 8 },
  );
}, 60_000);
