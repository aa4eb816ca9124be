/**
 * The output of one run on disk. The head is kept up to the run's limit; past it (or once the disk has no more room) only the last
 * MiB is, in memory, until the run ends: then a note says how much is missing and the tail follows. So offsets never move,
 * and what a reader got stays true.
 */
import { createDeferred } from '../kit/deferred.ts';
import { closeReader, createSegmentReader, type Segments } from './segments.ts';
import type { SpoolBudget } from './spool-budget.ts';
import { createTailBuffer } from './tail-buffer.ts';
import type { TimeMarks } from './time-marks.ts';

export const tailBytes = 1024 * 1024;
/** From how many bytes on their way to the disk the writer has to wait. */
const pendingHighWaterBytes = 512 * 1024;

export interface Chunk {
  readonly bytes: Uint8Array;
  /** When they were read, wall clock. */
  readonly at: number;
}

export interface SpoolReader {
  /** Up to `limit` bytes from `offset`, all of one time; undefined where nothing is (yet). */
  read(offset: number, limit: number): Promise<Chunk | undefined>;
  close(): void;
}

export interface Spool {
  /** Bytes that can be read, from `firstOffset` on. */
  readonly bytes: number;
  readonly firstOffset: number;
  /** Resolves when more may come. Never rejects: what cannot be kept is counted. */
  append(bytes: Uint8Array, at: number): Promise<void>;
  /** No more will come. Resolves once all is readable; gives how many bytes of the run were not kept. */
  finish(): Promise<number>;
  reader(): SpoolReader;
  /** `listener` is called whenever more can be read. Gives the way to stop. */
  onGrowth(listener: () => void): () => void;
  /** Bytes before `offset` may go when room is needed. */
  acknowledge(offset: number): void;
  remove(): void;
}

export interface SpoolDeps {
  readonly segments: Segments;
  readonly marks: TimeMarks;
  readonly budget: SpoolBudget;
  readonly limitBytes: number;
  /** The disk takes no more; from then on the spool does as it does past its limit. */
  readonly onDiskFailure: (error: unknown) => void;
}

export function createSpool({ segments, marks, budget, limitBytes, onDiskFailure }: SpoolDeps): Spool {
  const listeners = new Set<() => void>();
  const tail = createTailBuffer(tailBytes);
  let pending: Chunk[] = [];
  let pendingBytes = 0;
  let flushing: Promise<void> | undefined;
  let appending: Promise<void> | undefined;
  /** Settled with false once nobody waits for room any more. */
  const finishing = createDeferred<boolean>();
  let headBytes = 0;
  let acknowledged = 0;
  /** Why nothing more goes to the head. */
  let over: string | undefined;
  let noted = false;
  let tailAt = 0;
  let unwritten = 0;
  const signOff = budget.register(() => segments.dropBefore(acknowledged));

  function grown(): void {
    for (const listener of [...listeners]) listener();
  }

  function toTail({ bytes, at }: Chunk): void {
    tail.push(bytes);
    tailAt = at;
    if (tail.dropped === 0 || noted || over === undefined) return;
    noted = true;
    const note = noteOf(`${over}; from here only the last ${tailBytes} bytes are kept`);
    budget.charge(note.length);
    queue({ bytes: note, at });
  }

  function queue(chunk: Chunk): void {
    pending.push(chunk);
    pendingBytes += chunk.bytes.length;
  }

  function append(bytes: Uint8Array, at: number): Promise<void> {
    appending = keep(bytes, at);
    return appending;
  }

  async function keep(bytes: Uint8Array, at: number): Promise<void> {
    let rest = bytes;
    while (rest.length > 0 && over === undefined) {
      const wanted = Math.min(rest.length, limitBytes - headBytes);
      const taken = budget.take(wanted);
      toHead({ bytes: rest.subarray(0, taken), at });
      rest = rest.subarray(taken);
      if (rest.length === 0) break;
      if (taken === wanted) over = `The output is over its limit of ${limitBytes} bytes`;
      else if (!(await Promise.race([budget.room(), finishing.promise]))) {
        over ??= 'The spools of this machine are full';
      }
    }
    if (rest.length > 0) toTail({ bytes: rest, at });
    startFlush();
    if (pendingBytes > pendingHighWaterBytes) await flushing;
  }

  function toHead(chunk: Chunk): void {
    headBytes += chunk.bytes.length;
    if (chunk.bytes.length > 0) queue(chunk);
    startFlush();
  }

  function startFlush(): void {
    if (pending.length > 0) flushing ??= flush();
  }

  async function flush(): Promise<void> {
    while (pending.length > 0) {
      const batch = pending;
      pending = [];
      pendingBytes = 0;
      await writeBatch(batch);
      grown();
    }
    flushing = undefined;
  }

  async function writeBatch(batch: readonly Chunk[]): Promise<void> {
    const start = segments.end;
    let offset = start;
    for (const { bytes, at } of batch) {
      marks.add(offset, at);
      offset += bytes.length;
    }
    const bytes = joined(batch);
    try {
      await segments.append(bytes);
    } catch (error) {
      giveUpHead({ bytes: bytes.subarray(segments.end - start), at: batch.at(-1)?.at ?? 0 });
      onDiskFailure(error);
    }
  }

  /** What has not reached the disk goes to the tail at once and in order, before anything newer can. */
  function giveUpHead(rest: Chunk): void {
    over = 'The disk of the machine takes no more';
    // The note about it would not fit either.
    noted = true;
    marks.cut(segments.end);
    const unwrittenChunks = [rest, ...pending];
    pending = [];
    pendingBytes = 0;
    for (const chunk of unwrittenChunks) {
      budget.give(chunk.bytes.length);
      toTail(chunk);
    }
  }

  async function finish(): Promise<number> {
    finishing.resolve(false);
    await appending;
    await flushing;
    const { dropped, kept } = tail;
    if (kept > 0) {
      const note = dropped > 0 ? noteOf(`${over}; ${dropped} bytes are left out here`) : new Uint8Array(0);
      await writeEnd(Buffer.concat([note, tail.take()]), note.length);
    }
    segments.closeWriter();
    grown();
    return dropped + unwritten;
  }

  /** The end may go over every limit but the disk's: it is small, and it is what people look at first. */
  async function writeEnd(bytes: Uint8Array, noteLength: number): Promise<void> {
    const start = segments.end;
    marks.add(start, tailAt);
    try {
      await segments.append(bytes);
    } catch (error) {
      unwritten = bytes.length - Math.max(segments.end - start, noteLength);
      onDiskFailure(error);
    }
    budget.charge(segments.end - start);
  }

  return {
    get bytes() {
      return segments.end;
    },
    get firstOffset() {
      return segments.first;
    },
    append,
    finish,
    reader: () => createReader(segments, marks),
    onGrowth(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    acknowledge(offset) {
      acknowledged = Math.max(acknowledged, offset);
      budget.onAcknowledged();
    },
    remove() {
      signOff();
      budget.give(segments.end - segments.first);
      segments.remove();
    },
  };
}

function createReader(segments: Segments, marks: TimeMarks): SpoolReader {
  const reader = createSegmentReader();
  return {
    async read(offset, limit) {
      const { at, until } = marks.lookUp(offset);
      const bytes = await segments.read(offset, Math.min(limit, until - offset), reader);
      return bytes.length === 0 ? undefined : { bytes, at };
    },
    close: () => closeReader(reader),
  };
}

function noteOf(text: string): Uint8Array {
  return Buffer.from(`\n[croft] ${text}\n`);
}

function joined(chunks: readonly Chunk[]): Uint8Array {
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined
    ? only.bytes
    : Buffer.concat(chunks.map(({ bytes }) => bytes));
}
