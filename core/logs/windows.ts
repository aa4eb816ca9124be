/** Windows of lines: any place of a log by reading the block or two that hold it. */
import { FarmError } from '../../agent/wire/farm-error.ts';
import { concat } from './concat.ts';
import { logLimits } from './limits.ts';
import { blockOf } from './line-index.ts';
import { decodeText, enoughBytes, textEnd } from './line-text.ts';
import { type LogSource, lineCount } from './log-source.ts';
import { countNewlines, findNthNewline } from './newlines.ts';
import type { LogLine, LogWindowQuery } from './types.ts';

const { blockBytes } = logLimits;
const newline = 10;

/** Fewer lines than asked for when they are many or long (`logLimits.windowLines`, `windowBytes`), but at least one. */
export async function readWindow(live: LogSource, query: LogWindowQuery): Promise<readonly LogLine[]> {
  const source = holdingBlocks(live);
  const total = lineCount(source);
  if (total === 0) return [];
  if ('last' in query) {
    const count = Math.min(query.last, logLimits.windowLines, total);
    return await readLastLines(source, total - count + 1);
  }
  const first = 'from' in query ? query.from : await lineAt(source, query.atOffset);
  return await readLines(source, Math.max(1, first), Math.min(query.count, logLimits.windowLines));
}

/** Neighbouring lines stand in one block or two: those are read once. */
function holdingBlocks(source: LogSource): LogSource {
  const held = new Map<number, Promise<Uint8Array>>();
  return {
    ...source,
    block(index) {
      const known = held.get(index);
      if (known !== undefined) return known;
      for (const oldest of held.keys()) if (held.size >= 2) held.delete(oldest);
      const bytes = source.block(index);
      held.set(index, bytes);
      return bytes;
    },
  };
}

/** Number of the line that holds the byte at `offset`; the last line for an offset past the end. */
export async function lineAt(source: LogSource, offset: number): Promise<number> {
  const at = Math.min(Math.max(0, offset), source.bytes - 1);
  const bytes = await source.block(blockOf(at));
  return source.newlinesBefore(blockOf(at)) + countNewlines(bytes, 0, at % blockBytes) + 1;
}

/** Offset of the first byte of line `number`, which has to exist. */
export async function startOfLine(source: LogSource, number: number): Promise<number> {
  if (number <= 1) return 0;
  const wanted = number - 1;
  let low = 0;
  let high = Math.ceil(source.bytes / blockBytes) - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (source.newlinesBefore(middle) < wanted) low = middle;
    else high = middle - 1;
  }
  const found = findNthNewline(await source.block(low), wanted - source.newlinesBefore(low));
  if (found < 0) throw moved();
  return low * blockBytes + found + 1;
}

async function readLines(source: LogSource, from: number, count: number): Promise<LogLine[]> {
  const total = lineCount(source);
  const lines: LogLine[] = [];
  if (from > total || count <= 0) return lines;
  let offset = await startOfLine(source, from);
  let left: number = logLimits.windowBytes;
  for (let number = from; number <= total && lines.length < count; number++) {
    const { line, next } = await readLine(source, number, offset);
    left -= line.text.length;
    if (left < 0 && lines.length > 0) break;
    lines.push(line);
    if (next === null && number < total) offset = await startOfLine(source, number + 1);
    else offset = next ?? offset;
  }
  return lines;
}

/** The lines from `from` to the end, or as many of the last of them as fit into a window. */
async function readLastLines(source: LogSource, from: number): Promise<LogLine[]> {
  const total = lineCount(source);
  const kept: LogLine[] = [];
  let left: number = logLimits.windowBytes;
  // From the end, in steps, so that what does not fit is not read.
  for (let end = total; end >= from; ) {
    const start = Math.max(from, end - 255);
    const lines = await readLines(source, start, end - start + 1);
    for (const line of lines.reverse()) {
      left -= line.text.length;
      if (left < 0 && kept.length > 0) return kept.reverse();
      kept.push(line);
    }
    end = start - 1;
  }
  return kept.reverse();
}

/** `next`: where the line after it begins; null when that is far away, or nowhere. */
async function readLine(
  source: LogSource,
  number: number,
  offset: number,
): Promise<{ readonly line: LogLine; readonly next: number | null }> {
  let bytes = (await source.block(blockOf(offset))).subarray(offset % blockBytes);
  let end = bytes.indexOf(newline);
  for (let block = blockOf(offset) + 1; end < 0 && bytes.length < enoughBytes; block++) {
    if (block * blockBytes >= source.bytes) break;
    bytes = concat([bytes, (await source.block(block)).subarray(0, enoughBytes)]);
    end = bytes.indexOf(newline);
  }
  return {
    line: lineOf(source, {
      bytes,
      from: 0,
      end: end < 0 ? bytes.length : end,
      hasNewline: end >= 0,
      number,
      offset,
    }),
    next: end < 0 ? null : offset + end + 1,
  };
}

export interface RawLine {
  readonly bytes: Uint8Array;
  readonly from: number;
  /** Index of the newline, or of the end. */
  readonly end: number;
  readonly hasNewline: boolean;
  readonly number: number;
  /** Of its first byte in the log. */
  readonly offset: number;
}

export function lineOf(source: Pick<LogSource, 'timeAt'>, raw: RawLine): LogLine {
  const { end, cut } = textEnd(raw.bytes, raw.from, raw.end, raw.hasNewline);
  return {
    number: raw.number,
    offset: raw.offset,
    at: source.timeAt(raw.offset),
    text: decodeText(raw.bytes.subarray(raw.from, end)),
    cut,
  };
}

function moved(): FarmError {
  return new FarmError('conflict', 'The log was cut back while it was read; read it again', {
    blame: 'farm',
    retry: 'same',
  });
}
