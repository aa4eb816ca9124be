/**
 * Figures of logs on this machine: `bun test/bench/logs.ts [lines]` (10 million by default). Files and blobs are real, in a folder
 * below the temporary folder, which takes 1 GB for a moment. `blocked` is the longest time in which the event loop did nothing else;
 * the rate by processor time (of all threads) is what to compare on a busy machine.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { createLogs, type LogSearch, type Logs, type LogWriter } from '../../core/logs/index.ts';
import { openFolderBlobs } from '../../storage/blobs/folder.ts';
import { openLogFiles } from '../../storage/logs/files.ts';
import { createMemorySealedLogs } from '../fakes/memory-sealed-logs.ts';

const lineCount = Number(process.argv[2] ?? 10_000_000);
const clock = createSystemClock();
const dir = await mkdtemp(join(tmpdir(), 'croft-bench-'));
const never = new AbortController().signal;

function report(what: string, figure: string): void {
  console.log(`${what.padEnd(56)} ${figure}`);
}

interface Measured<T> {
  readonly value: T;
  readonly ms: number;
  readonly cpuMs: number;
  readonly blockedMs: number;
}

async function measure<T>(work: () => Promise<T>): Promise<Measured<T>> {
  let blockedMs = 0;
  let last = performance.now();
  const watch = setInterval(() => {
    const now = performance.now();
    blockedMs = Math.max(blockedMs, now - last - 1);
    last = now;
  }, 1);
  const cpu = process.cpuUsage();
  const start = performance.now();
  const value = await work();
  const ms = performance.now() - start;
  const used = process.cpuUsage(cpu);
  clearInterval(watch);
  return { value, ms, cpuMs: (used.user + used.system) / 1_000, blockedMs };
}

async function throughput(what: string, bytes: number, work: () => Promise<unknown>): Promise<void> {
  const { ms, cpuMs, blockedMs } = await measure(work);
  const rate = `${Math.round(bytes / ms / 1_000)} MB/s`.padEnd(10);
  const cpuRate = `${Math.round(bytes / cpuMs / 1_000)} MB/s of processor`.padEnd(23);
  report(what, `${rate} ${cpuRate} ${(ms / 1_000).toFixed(2)} s, blocked ${Math.round(blockedMs)} ms`);
}

/** 64 KiB pieces as an agent sends them: a build's output, colourful in places, with an error far inside. */
function* output(lines: number): Generator<Uint8Array> {
  let text = '';
  for (let line = 1; line <= lines; line++) {
    const colour = line % 50 === 0 ? ['\u001b[32m', '\u001b[0m'] : ['', ''];
    text += `2026-11-24 10:50:37.${line % 1_000} [${line % 977}/${lines % 991}] compile ${colour[0]}pkg/${(line * 7919) % 50_021}${colour[1]}/file_${line % 311}.go ok ${(line * 31) % 1_000}ms\n`;
    if (line === Math.floor(lines * 0.7)) text += 'pkg/far/away.go:12:3: undefined: needle\n';
    if (text.length < 65_536 && line < lines) continue;
    yield new TextEncoder().encode(text);
    text = '';
  }
}

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

async function windows(logs: Logs, lines: number, name: string): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < 200; round++) {
    const from = 1 + ((round * 104_729) % Math.max(1, lines - 200));
    const { ms } = await measure(() => logs.lines('a', { from, count: 200 }));
    times.push(ms);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
  report(`window of 200 lines anywhere, ${name}`, `${at(0.5)} ms p50, ${at(0.99)} ms p99`);
}

async function searchAll(logs: Logs, search: Omit<LogSearch, 'fromLine' | 'limit'>): Promise<number> {
  let found = 0;
  for (let next: number | null = 1; next !== null; ) {
    const page = await logs.search('a', { ...search, fromLine: next, limit: 1_000 });
    found += page.matches.length;
    next = page.next;
  }
  return found;
}

async function searches(logs: Logs, bytes: number, name: string): Promise<void> {
  const kinds = [
    ['literal', { query: 'undefined: needle', regex: false, ignoreCase: false }],
    ['literal, ignoring case', { query: 'UNDEFINED: needle', regex: false, ignoreCase: true }],
    ['expression', { query: '^pkg/.*\\.go:\\d+:\\d+: (undefined|missing)', regex: true, ignoreCase: false }],
  ] as const;
  for (const [kind, search] of kinds) {
    await throughput(`search ${kind}, ${name}`, bytes, async () => {
      if ((await searchAll(logs, search)) !== 1) throw new Error(`${kind}: the line was not found`);
    });
  }
}

async function read(logs: Logs, lines: number, bytes: number, name: string): Promise<void> {
  await windows(logs, lines, name);
  await throughput(`download, ${name}`, bytes, () => drain(logs.bytes('a')));
  await throughput(`follow from the start, 64 KiB chunks, ${name}`, bytes, async () => {
    if (name === 'sealed') return await drain(logs.follow('a', 0, never));
    let left = bytes;
    for await (const chunk of logs.follow('a', 0, never)) {
      left -= chunk.bytes.length;
      if (left === 0) return;
    }
  });
  await searches(logs, bytes, name);
  const { value, ms } = await measure(() => logs.problems('a'));
  report(`problems, ${name}`, `${ms.toFixed(1)} ms: ${value[0]?.text ?? 'none yet'}`);
}

async function oneLargeLog(logs: Logs, restart: () => Promise<Logs>, stored: typeof sealed): Promise<void> {
  const pieces = [...output(lineCount)];
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
  report('the log', `${lineCount} lines, ${Math.round(bytes / 1e6)} MB`);
  const writer = await logs.open('a');
  await throughput('append and flush, with the line index', bytes, async () => {
    for (const piece of pieces) await writer.append(piece, clock.now());
    await writer.flush();
  });
  pieces.length = 0;
  await read(logs, lineCount, bytes, 'open');
  await logs.stop();
  const again = await restart();
  await throughput('opened again after a restart', bytes, () => again.open('a'));
  const resumed = await again.open('a');
  await throughput('seal, with the problems', bytes, async () => stored.store(await resumed.seal(0)));
  await resumed.discard();
  await read(again, lineCount, bytes, 'sealed');
}

async function manyLogs(logs: Logs): Promise<void> {
  const writers: LogWriter[] = [];
  const before = process.memoryUsage().rss;
  for (let log = 0; log < 5_000; log++) writers.push(await logs.open(`many${log}`));
  const line = new TextEncoder().encode('one line of output\n');
  const { ms, blockedMs } = await measure(async () => {
    for (let round = 0; round < 20; round++) {
      for (const writer of writers) await writer.append(line, clock.now());
    }
  });
  const grown = Math.round((process.memoryUsage().rss - before) / 1e6);
  report(
    '5,000 open logs, 20 lines each',
    `${Math.round(100_000 / ms)} lines/ms, ${grown} MB, blocked ${Math.round(blockedMs)} ms`,
  );
  const flushed = await measure(() => Promise.all(writers.map((writer) => writer.flush())));
  report('… flushed to their 5,000 files', `${Math.round(flushed.ms)} ms`);
}

async function manyReaders(logs: Logs): Promise<void> {
  const writer = await logs.open('followed');
  const stop = new AbortController();
  let received = 0;
  const readers = Array.from({ length: 2_000 }, async () => {
    try {
      for await (const chunk of logs.follow('followed', 0, stop.signal)) received += chunk.bytes.length;
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  });
  const piece = new Uint8Array(8_192).fill(65);
  const wanted = 500 * piece.length * readers.length;
  const { ms, blockedMs } = await measure(async () => {
    for (let count = 0; count < 500; count++) await writer.append(piece, clock.now());
    while (received < wanted) await clock.sleep(1);
  });
  stop.abort();
  await Promise.all(readers);
  report('2,000 readers of one log, 4 MB each', `${Math.round(ms)} ms, blocked ${Math.round(blockedMs)} ms`);
}

const sealed = createMemorySealedLogs();
const blobs = await openFolderBlobs(join(dir, 'blobs'));
const start = async () =>
  createLogs({ files: await openLogFiles(join(dir, 'logs')), sealed, blobs, clock, log: silentLog });
try {
  const logs = await start();
  await oneLargeLog(logs, start, sealed);
  report('memory of the process', `${Math.round(process.memoryUsage().rss / 1e6)} MB`);
  const fresh = await start();
  await manyLogs(fresh);
  await manyReaders(fresh);
  await fresh.stop();
} finally {
  await rm(dir, { recursive: true, force: true });
}
