/** Makes the sealed form of a log, block by block: nothing of it stays in memory but what is being compressed. */
import { crc32 } from 'node:zlib';
import type { Breather } from './breather.ts';
import { compressChunk } from './chunk-codec.ts';
import { logLimits } from './limits.ts';
import { blockOf } from './line-index.ts';
import type { LogSource } from './log-source.ts';
import type { ProblemScan } from './problem-scan.ts';
import { encodeEnd, headerMagic } from './seal-format.ts';
import type { ChunkEntry } from './seal-index.ts';
import type { TimeMarks } from './time-marks.ts';

export interface Sealable {
  readonly source: LogSource;
  readonly marks: TimeMarks;
  /** Gets what it has not seen yet. */
  readonly problems: ProblemScan;
  readonly breather: Breather;
}

/** Chunks being compressed at once, off the event loop. */
const compressedAhead = 3;

interface Compressing {
  readonly frame: Promise<Uint8Array>;
  readonly newlines: number;
  readonly crc: number;
}

/** The parts of the sealed form, in order. */
export async function* sealedParts({
  source,
  marks,
  problems,
  breather,
}: Sealable): AsyncGenerator<Uint8Array> {
  const chunks: ChunkEntry[] = [];
  let at = headerMagic.length;
  yield headerMagic;
  for await (const { frame, newlines, crc } of compressed(source, problems)) {
    const bytes = await frame;
    chunks.push({ frameBytes: bytes.length, newlines, crc });
    at += bytes.length;
    yield bytes;
    await breather.pause();
  }
  const { bytes, newlines, endsInNewline } = source;
  yield encodeEnd({ bytes, newlines, endsInNewline, chunks, marks, problems: problems.list() }, at);
}

/** Each block is looked through while the ones before it are compressed. */
async function* compressed(source: LogSource, problems: ProblemScan): AsyncGenerator<Compressing> {
  const ahead: Compressing[] = [];
  const blocks = Math.ceil(source.bytes / logLimits.blockBytes);
  let block = 0;
  for await (const raw of source.blocks(0, blocks)) {
    const newlines = source.newlinesBefore(block + 1) - source.newlinesBefore(block);
    const frame = compressChunk(raw);
    // A failure is told when its turn comes.
    frame.catch(() => undefined);
    ahead.push({ frame, newlines, crc: crc32(raw) });
    if (blockOf(problems.offset) === block)
      problems.push(raw.subarray(problems.offset % logLimits.blockBytes));
    block++;
    if (ahead.length > compressedAhead) yield* ahead.splice(0, 1);
  }
  yield* ahead;
}
