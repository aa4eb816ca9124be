import { createDeferred, type Deferred } from '../../agent/kit/deferred.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { LogFile } from '../../core/logs/ports.ts';
import type { Descriptor } from '../disk/descriptor.ts';
import { translateDiskError } from '../disk/errors.ts';
import { cutStretches, encodeStretches, extend, recordBytes, type Stretch } from './marks.ts';

export interface OpenedFiles {
  readonly id: string;
  readonly data: Descriptor;
  readonly marks: Descriptor;
  readonly stretches: readonly Stretch[];
  /** Makes the names of the two files survive the machine. */
  readonly syncFolder: () => Promise<void>;
  readonly onClosed: () => void;
}

interface Append {
  readonly kind: 'append';
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly done: Deferred<void>;
}

/** Anything that has to happen alone, after the appends before it. */
interface Task {
  readonly kind: 'task';
  readonly run: () => Promise<void>;
  readonly done: Deferred<void>;
}

/** Appends that wait are written together up to this size. */
const batchBytes = 4 * 1024 * 1024;

/**
 * A live log on disk. Appends that come while one is under way are written together. One that fails leaves the log as it was:
 * those that waited behind it are refused too, and the next one goes on at `size`.
 */
export function createLogFile(files: OpenedFiles): LogFile {
  const { id, data, marks } = files;
  const stretches: Stretch[] = [...files.stretches];
  const offsets = stretches.map(({ at }, i) => ({ offset: stretches[i - 1]?.end ?? 0, at }));
  let size = stretches.at(-1)?.end ?? 0;
  let queue: (Append | Task)[] = [];
  let pumping = false;
  let closed = false;
  let folderSynced = false;

  function enqueue(entry: Append | Task): Promise<void> {
    if (closed) return Promise.reject(closedError(id));
    queue.push(entry);
    if (!pumping) {
      pumping = true;
      pump().catch(entry.done.reject);
    }
    return entry.done.promise;
  }

  async function pump(): Promise<void> {
    for (let entry = queue[0]; entry !== undefined; entry = queue[0]) {
      await (entry.kind === 'append' ? writeBatch() : runTask(entry));
    }
    pumping = false;
  }

  async function runTask(task: Task): Promise<void> {
    queue.shift();
    try {
      await task.run();
      task.done.resolve();
    } catch (error) {
      task.done.reject(translateDiskError(error, `keep the log "${id}"`));
    }
  }

  async function writeBatch(): Promise<void> {
    const batch = takeBatch();
    try {
      await write(batch);
      for (const { done } of batch) done.resolve();
    } catch (error) {
      const failure = translateDiskError(error, `write the log "${id}"`);
      const behind = queue.filter((entry) => entry.kind === 'append');
      queue = queue.filter((entry) => entry.kind === 'task');
      for (const { done } of [...batch, ...behind]) done.reject(failure);
    }
  }

  function takeBatch(): Append[] {
    const batch: Append[] = [];
    let bytes = 0;
    for (const entry of queue) {
      if (entry.kind !== 'append' || (bytes > 0 && bytes + entry.bytes.byteLength > batchBytes)) break;
      batch.push(entry);
      bytes += entry.bytes.byteLength;
    }
    queue.splice(0, batch.length);
    return batch;
  }

  async function write(batch: readonly Append[]): Promise<void> {
    const [first] = batch;
    const bytes =
      batch.length === 1 && first !== undefined
        ? first.bytes
        : Buffer.concat(batch.map((each) => each.bytes));
    let end = size;
    const fresh = batch.flatMap(({ bytes: own, at }) => {
      end += own.byteLength;
      return own.byteLength === 0 ? [] : [{ end, at }];
    });
    if (fresh.length === 0) return;
    await data.write(bytes, size);
    const change = extend(stretches, fresh);
    await marks.write(encodeStretches(change.stretches), change.index * recordBytes);
    remember(change.index, change.stretches, end);
  }

  function remember(index: number, replaced: readonly Stretch[], newSize: number): void {
    stretches.length = index;
    offsets.length = index;
    for (const stretch of replaced) {
      offsets.push({ offset: stretches.at(-1)?.end ?? 0, at: stretch.at });
      stretches.push(stretch);
    }
    size = newSize;
  }

  /** Marks first: bytes without a mark are cut off when the log is opened, a mark without bytes would be a lie. */
  async function cut(newSize: number): Promise<void> {
    if (newSize > size) throw tooShort(id, size, newSize);
    const kept = cutStretches(stretches, newSize);
    const last = kept.at(-1);
    if (last !== undefined) await marks.write(encodeStretches([last]), (kept.length - 1) * recordBytes);
    await marks.truncate(kept.length * recordBytes);
    await data.truncate(newSize);
    remember(0, kept, newSize);
  }

  async function syncAll(): Promise<void> {
    await data.sync();
    await marks.sync();
    if (!folderSynced) await files.syncFolder();
    folderSynced = true;
  }

  function task(run: () => Promise<void>): Promise<void> {
    return enqueue({ kind: 'task', run, done: createDeferred() });
  }

  return {
    get size() {
      return size;
    },
    marks: () => offsets,
    append: (bytes, at) => enqueue({ kind: 'append', bytes, at, done: createDeferred() }),
    sync: () => task(syncAll),
    truncate: (newSize) => task(() => cut(newSize)),
    async read(from, to) {
      if (closed) throw closedError(id);
      try {
        const bytes = new Uint8Array(Math.max(0, Math.min(to, size) - from));
        return bytes.subarray(0, await data.read(bytes, from));
      } catch (error) {
        throw translateDiskError(error, `read the log "${id}"`);
      }
    },
    async close() {
      if (closed) return;
      const closing = task(async () => {
        await data.close();
        await marks.close();
        files.onClosed();
      });
      closed = true;
      await closing;
    },
  };
}

function closedError(id: string): FarmError {
  return new FarmError('conflict', `The file of log "${id}" is closed`, { blame: 'farm' });
}

function tooShort(id: string, size: number, wanted: number): FarmError {
  return new FarmError(
    'conflict',
    `The file of log "${id}" has ${size} bytes and can't be cut to ${wanted}`,
    {
      blame: 'farm',
    },
  );
}
