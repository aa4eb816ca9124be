/**
 * Goes through a log in batches of whole lines, for searches. A batch is a view of a block, or the one line that lies across two
 * blocks. Of a line that is longer than its text may be, a batch holds what its text needs.
 */
import { concat } from './concat.ts';
import { logLimits } from './limits.ts';
import { blockOf } from './line-index.ts';
import { enoughBytes } from './line-text.ts';
import type { LogSource } from './log-source.ts';
import { startOfLine } from './windows.ts';

export interface LineBatch {
  readonly bytes: Uint8Array;
  /** Number of its first line. */
  readonly line: number;
  /** Offset of its first byte. */
  readonly offset: number;
  /** Lines that begin in it. */
  readonly lines: number;
}

const { blockBytes } = logLimits;
const newline = 10;

/** From line `fromLine`, which has to exist, to the end. */
export async function* lineBatches(source: LogSource, fromLine: number): AsyncGenerator<LineBatch> {
  const start = await startOfLine(source, fromLine);
  const cutter = createLineCutter(fromLine, start);
  let block = blockOf(start);
  for await (const bytes of source.blocks(block, Math.ceil(source.bytes / blockBytes))) {
    const skipped = block === blockOf(start) ? start % blockBytes : 0;
    const newlinesBefore = skipped === 0 ? source.newlinesBefore(block) : fromLine - 1;
    yield* cutter.push(bytes.subarray(skipped), source.newlinesBefore(block + 1) - newlinesBefore);
    block++;
  }
  yield* cutter.end();
}

export interface LineCutter {
  /** The next bytes, and how many newlines are in them. Gives the batches that are complete with them. */
  push(bytes: Uint8Array, newlines: number): LineBatch[];
  /** The unfinished last line, if any; more may be pushed after it. */
  end(): LineBatch[];
}

/** For bytes that come in pieces, from the start of a line. */
export function createLineCutter(firstLine: number, firstOffset: number): LineCutter {
  let line = firstLine;
  let offset = firstOffset;
  /** The beginning of line `line`, which goes on in the next block. */
  let rest: Uint8Array = new Uint8Array(0);
  let restOffset = firstOffset;
  /** The rest of line `line` is not looked at any more. */
  let isSkipping = false;

  function keep(part: Uint8Array, at: number): LineBatch[] {
    if (isSkipping) return [];
    if (rest.length === 0) restOffset = at;
    rest = concat(rest.length === 0 ? [part] : [rest, part.subarray(0, enoughBytes)]);
    if (rest.length < enoughBytes) return [];
    const batch = { bytes: rest.subarray(0, enoughBytes), line, offset: restOffset, lines: 1 };
    rest = new Uint8Array(0);
    isSkipping = true;
    return [batch];
  }

  function finishLine(part: Uint8Array, at: number): LineBatch[] {
    const isFromHere = rest.length === 0;
    const batch = {
      bytes: isFromHere ? part : concat([rest, part]),
      line,
      offset: isFromHere ? at : restOffset,
      lines: 1,
    };
    const wasSkipping = isSkipping;
    rest = new Uint8Array(0);
    isSkipping = false;
    line++;
    return wasSkipping ? [] : [batch];
  }

  return {
    push(bytes, newlines) {
      const at = offset;
      offset += bytes.length;
      if (newlines === 0) return keep(bytes, at);
      const batches: LineBatch[] = [];
      let from = 0;
      if (rest.length > 0 || isSkipping) {
        from = bytes.indexOf(newline) + 1;
        batches.push(...finishLine(bytes.subarray(0, from), at));
      }
      const end = bytes.lastIndexOf(newline) + 1;
      const lines = newlines - (from > 0 ? 1 : 0);
      if (lines > 0) batches.push({ bytes: bytes.subarray(from, end), line, offset: at + from, lines });
      line += lines;
      if (end < bytes.length) batches.push(...keep(bytes.subarray(end), at + end));
      return batches;
    },
    end() {
      if (rest.length === 0 || isSkipping) return [];
      return [{ bytes: rest, line, offset: restOffset, lines: 1 }];
    },
  };
}
