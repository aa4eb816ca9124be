/** Reads sealed logs: the index first, then the chunks that are wanted. Both are kept for a while, since readers stay in one place. */
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { BlobStore } from '../blobs/ports.ts';
import { damaged, expandChunk } from './chunk-codec.ts';
import { concat } from './concat.ts';
import { logLimits } from './limits.ts';
import { type LogSource, lineCount } from './log-source.ts';
import { createLru } from './lru.ts';
import { decodeFooter, footerBytes, headerMagic, openIndex } from './seal-format.ts';
import type { Problem, SealedIndex } from './seal-index.ts';
import type { SealedLog } from './types.ts';

export interface SealedSource extends LogSource {
  readonly problems: readonly Problem[];
}

export interface SealedReader {
  /** Rejects with `blob_missing` or `storage_failed` when the stored form is gone or damaged. */
  open(log: SealedLog): Promise<SealedSource>;
}

const { blockBytes } = logLimits;
const chunkCacheBytes = 32 * 1024 * 1024;
const indexCacheBytes = 32 * 1024 * 1024;
/** Read together with the footer; most indexes fit. */
const endGuessBytes = 32 * 1024;

/** The index with the sums that make look-ups quick. */
interface OpenedIndex extends SealedIndex {
  /** Where each frame begins, and where the last one ends. */
  readonly frameAt: Float64Array;
  /** Newlines before each chunk. */
  readonly newlinesBefore: Float64Array;
}

export function createSealedReader(blobs: Pick<BlobStore, 'get' | 'stat'>): SealedReader {
  const chunks = createLru<Uint8Array>({ maxCost: chunkCacheBytes, costOf: (bytes) => bytes.length });
  const indexes = createLru<OpenedIndex>({ maxCost: indexCacheBytes, costOf: indexCost });

  function stream({ id, content }: SealedLog, from: number, to: number): AsyncIterable<Uint8Array> {
    if (content.kind === 'blob') return blobs.get(content.key, { from, to });
    if (to > content.data.length) throw damaged(id, 'it ends too soon');
    return single(content.data.subarray(from, to));
  }

  async function range(log: SealedLog, from: number, to: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const part of stream(log, from, to)) parts.push(part);
    const bytes = concat(parts);
    if (bytes.length !== to - from) throw damaged(log.id, 'it ends too soon');
    return bytes;
  }

  async function length({ id, content }: SealedLog): Promise<number> {
    if (content.kind === 'inline') return content.data.length;
    const info = await blobs.stat(content.key);
    if (info !== null) return info.bytes;
    throw new FarmError('blob_missing', `The stored log "${id}" is gone from the blob store`, {
      blame: 'farm',
      details: { key: content.key },
    });
  }

  async function readIndex(log: SealedLog): Promise<OpenedIndex> {
    const total = await length(log);
    const endAt = Math.max(0, total - footerBytes - endGuessBytes);
    const end = await range(log, endAt, total);
    const footer = decodeFooter(log.id, end.subarray(Math.max(0, end.length - footerBytes)));
    const isRight =
      footer.indexAt + footer.indexBytes + footerBytes === total && lineCount(footer) === log.lines;
    if (!isRight || footer.bytes !== log.bytes) throw damaged(log.id, 'its footer does not fit the database');
    const { indexAt, indexBytes } = footer;
    const frame =
      indexAt >= endAt
        ? end.subarray(indexAt - endAt, indexAt - endAt + indexBytes)
        : await range(log, indexAt, indexAt + indexBytes);
    return withSums(openIndex(log.id, footer, frame));
  }

  function sourceOf(log: SealedLog, index: OpenedIndex): SealedSource {
    const frameAt = (chunk: number) => index.frameAt[chunk] ?? 0;
    const expandAt = (chunk: number, frame: Uint8Array) => {
      const rawBytes = Math.min(blockBytes, index.bytes - chunk * blockBytes);
      return expandChunk(log.id, frame, rawBytes, index.chunks[chunk]?.crc ?? 0);
    };
    async function* blocks(first: number, wantedEnd: number): AsyncGenerator<Uint8Array> {
      const end = Math.min(wantedEnd, index.chunks.length);
      if (first >= end) return;
      let chunk = first;
      const sizeOf = () => (chunk < end ? (index.chunks[chunk]?.frameBytes ?? 0) : Number.POSITIVE_INFINITY);
      for await (const frame of cutFrames(stream(log, frameAt(first), frameAt(end)), sizeOf)) {
        yield expandAt(chunk, frame);
        chunk++;
      }
      if (chunk < end) throw damaged(log.id, 'it ends too soon');
    }
    return {
      bytes: index.bytes,
      newlines: index.newlines,
      endsInNewline: index.endsInNewline,
      problems: index.problems,
      newlinesBefore: (block) => index.newlinesBefore[block] ?? index.newlines,
      block: (chunk) =>
        chunks.get(`${log.id}#${chunk}`, async () =>
          expandAt(chunk, await range(log, frameAt(chunk), frameAt(chunk + 1))),
        ),
      blocks,
      timeAt: index.marks.timeOf,
    };
  }

  return {
    async open(log) {
      return sourceOf(log, await indexes.get(log.id, () => readIndex(log)));
    },
  };
}

async function* single(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Cuts a stream into pieces of known sizes; `sizeOf` tells that of the piece to come. A piece that is not whole is left out. */
async function* cutFrames(
  stream: AsyncIterable<Uint8Array>,
  sizeOf: () => number,
): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let held = 0;
  for await (const part of stream) {
    for (let at = 0; at < part.length; ) {
      const piece = part.subarray(at, at + sizeOf() - held);
      parts.push(piece);
      held += piece.length;
      at += piece.length;
      if (held < sizeOf()) continue;
      yield concat(parts);
      parts = [];
      held = 0;
    }
  }
}

function withSums(index: SealedIndex): OpenedIndex {
  const frameAt = new Float64Array(index.chunks.length + 1);
  const newlinesBefore = new Float64Array(index.chunks.length + 1);
  frameAt[0] = headerMagic.length;
  for (const [chunk, entry] of index.chunks.entries()) {
    frameAt[chunk + 1] = (frameAt[chunk] ?? 0) + entry.frameBytes;
    newlinesBefore[chunk + 1] = (newlinesBefore[chunk] ?? 0) + entry.newlines;
  }
  return { ...index, frameAt, newlinesBefore };
}

function indexCost(index: OpenedIndex): number {
  const texts = index.problems.reduce((sum, problem) => sum + 2 * problem.text.length + 64, 0);
  return index.chunks.length * 64 + index.marks.count * 16 + texts + 512;
}
