/** Logs of output that no program should write: read live and sealed, in windows, searched, and shown as a terminal would. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { plainStyle, styledLine } from '../../core/logs/ansi.ts';
import { createLogs, type LogLine, type Logs, logLimits } from '../../core/logs/index.ts';
import { openFolderBlobs } from '../../storage/blobs/folder.ts';
import { openLogFiles } from '../../storage/logs/files.ts';
import { createMemorySealedLogs } from '../fakes/memory-sealed-logs.ts';
import { type Cases, eachCase } from './each-case.ts';
import { hostileTexts } from './hostile-values.ts';
import { type Chance, createChance } from './random.ts';

/** A coordinator's logs on real files, and the way to end an attempt's log. */
interface RealLogs {
  readonly logs: Logs;
  write(id: string, pieces: Iterable<Uint8Array>): Promise<number>;
  seal(id: string): Promise<void>;
  close(): Promise<void>;
}

/** `searchPageMs`: how long one page of a search may take. */
export async function openRealLogs(options: { readonly searchPageMs?: number } = {}): Promise<RealLogs> {
  const folder = mkdtempSync(join(tmpdir(), 'croft-logs-'));
  const sealed = createMemorySealedLogs();
  const files = await openLogFiles(join(folder, 'live'));
  const blobs = await openFolderBlobs(join(folder, 'blobs'));
  const logs = createLogs({ files, sealed, blobs, clock: createSystemClock(), log: silentLog }, options);
  return {
    logs,
    async write(id, pieces) {
      const writer = await logs.open(id);
      let at = 1_700_000_000_000;
      for (const piece of pieces) await writer.append(piece, at++);
      await writer.flush();
      return writer.size;
    },
    async seal(id) {
      const writer = await logs.open(id);
      sealed.store(await writer.seal(0));
      await writer.discard();
    },
    async close() {
      await logs.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const queries = [
  { query: 'error', regex: false },
  { query: '(a|a)*(a|b)*x{1,5}$', regex: true },
  { query: '.*.*.*.*z', regex: true },
  { query: '^[^x]*$', regex: true },
  { query: '\u0000', regex: false },
] as const;

/** What a reader sees of it; the same before and after it is sealed. */
export interface Looks {
  readonly lines: readonly LogLine[];
  readonly last: readonly LogLine[];
  readonly found: readonly number[];
  readonly bytes: number;
}

export async function looksOf(logs: Logs, id: string): Promise<Looks> {
  const { lines: count, bytes } = await logs.stat(id);
  const lines = await logs.lines(id, { from: 1, count: 200 });
  const middle = await logs.lines(id, { atOffset: Math.floor(bytes / 2), count: 50 });
  const last = await logs.lines(id, { last: 50 });
  for (const line of [...lines, ...middle, ...last]) mustBeShowable(line);
  const found: number[] = [];
  for (const { query, regex } of queries) {
    // A page ends when its time is up; one page of each query is enough to see that it does.
    const page = await logs.search(id, { query, regex, ignoreCase: true, fromLine: 1, limit: 20 });
    if (count < 5_000) found.push(...page.matches.map(({ line }) => line.number));
  }
  const problems = await logs.problems(id);
  if (problems.length > logLimits.problems) throw new Error(`${problems.length} problems are told`);
  return { lines, last, found, bytes };
}

function mustBeShowable(line: LogLine): void {
  if (line.text.length > logLimits.lineBytes) throw new Error(`Line ${line.number} is told whole`);
  const { spans } = styledLine(line.text, plainStyle);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  const control = spans.find(({ text }) => /[\u0000-\u0008\u000b-\u001f\u007f\u009b]/.test(text));
  if (control !== undefined)
    throw new Error(`Line ${line.number} is shown with ${JSON.stringify(control.text.slice(0, 80))}`);
}

export async function fuzzLogs(options: Cases): Promise<{ readonly cases: number; readonly bytes: number }> {
  // A page that ends for its time ends somewhere, and the two looks would differ.
  const real = await openRealLogs({ searchPageMs: 60_000 });
  let bytes = 0;
  try {
    await eachCase('logs', options, async (chance, index) => {
      const id = `att_${index}`;
      bytes += await real.write(id, piecesOf(chance));
      const before = await looksOf(real.logs, id);
      await real.seal(id);
      const after = await looksOf(real.logs, id);
      if (!Bun.deepEquals(before, after)) throw new Error('It reads otherwise once it is sealed');
    });
  } finally {
    await real.close();
  }
  return { cases: options.cases, bytes };
}

const sequences = [
  '\u001b[',
  '\u001b[31m',
  '\u001b[0m',
  '\u001b]8;;',
  '\u001b]0;',
  '\u0007',
  '\u001b\\',
  '\r',
  '\r\n',
  '\n',
  '\b',
  '\u009b',
  '\u001b[999999999A',
  '\u001b[2J',
  '\u001bP',
  '\t',
];

function* piecesOf(chance: Chance): Generator<Uint8Array> {
  for (let count = chance.below(40); count > 0; count--) {
    switch (chance.below(6)) {
      case 0:
        yield chance.bytes(chance.below(300));
        break;
      case 1:
        yield Buffer.from(chance.pick(sequences).repeat(1 + chance.below(30)));
        break;
      case 2:
        yield Buffer.from('x'.repeat(chance.below(chance.onceIn(10) ? 40_000 : 100)));
        break;
      case 3:
        yield Buffer.from('🧨é').subarray(chance.below(3), 3 + chance.below(4));
        break;
      case 4:
        yield Buffer.from(`${chance.pick(hostileTexts)}\n`);
        break;
      default:
        yield Buffer.from('\n'.repeat(chance.below(20)));
    }
  }
}

/** Logs of a size that nobody reads, each of one kind of nonsense. */
export const hugeLogs: Readonly<Record<string, (chance: Chance) => Uint8Array>> = {
  'one line without end': () => new Uint8Array(1_000_000).fill(0x78),
  'nothing but line ends': () => new Uint8Array(1_000_000).fill(0x0a),
  'escape sequences that begin': () => Buffer.from('\u001b['.repeat(500_000)),
  'titles that never end': () => Buffer.from('\u001b]0;'.repeat(250_000)),
  'progress on one line': () => Buffer.from('\r 50 % done'.repeat(90_000)),
  'bytes by chance': (chance) => chance.bytes(1_000_000),
  'bytes that are no text': () => new Uint8Array(1_000_000).fill(0xff),
  'colours on each letter': () => Buffer.from('\u001b[38;2;1;2;3ma'.repeat(65_000)),
  'almost what is searched for': () => Buffer.from(`${'a'.repeat(999)}\n`.repeat(1_000)),
};

/** The longest that a question took, ms, and by how much the process grew, MiB. */
export async function askHugeLog(
  make: (chance: Chance) => Uint8Array,
  megabytes: number,
): Promise<{ readonly slowestMs: number; readonly grownMiB: number }> {
  const real = await openRealLogs();
  const piece = make(createChance(1));
  function* pieces(): Generator<Uint8Array> {
    for (let count = 0; count < megabytes; count++)
      for (let at = 0; at < piece.length; at += 131_072) yield piece.subarray(at, at + 131_072);
  }
  try {
    Bun.gc(true);
    const before = process.memoryUsage.rss();
    await real.write('att_huge', pieces());
    const live = performance.now();
    await looksOf(real.logs, 'att_huge');
    const liveMs = performance.now() - live;
    await real.seal('att_huge');
    const sealed = performance.now();
    await looksOf(real.logs, 'att_huge');
    const sealedMs = performance.now() - sealed;
    Bun.gc(true);
    const grownMiB = Math.round((process.memoryUsage.rss() - before) / 1024 ** 2);
    return { slowestMs: Math.round(Math.max(liveMs, sealedMs)), grownMiB };
  } finally {
    await real.close();
  }
}
