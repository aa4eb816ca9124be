/** Live logs in memory, as honest as a disk: what is not written yet is gone with the process, what is not synced with the machine. */
import { FarmError, invalidInput } from '../../agent/wire/farm-error.ts';
import type { LogFile, LogFiles } from '../../core/logs/ports.ts';

export interface MemoryLogDisk {
  /** The logs as a process that starts now finds them. */
  open(): LogFiles;
  /** The process dies: its handles are dead; of the appends under way the first `kept` made it to the disk. */
  crash(kept?: number): void;
  /** The machine dies: only what was synced is left. */
  powerLoss(): void;
  /** Every append is refused from now on, as by a full disk; null: no longer. */
  refuse(error: FarmError | null): void;
  /** Appends stay under way until `release`. */
  hold(): void;
  release(): Promise<void>;
  /** Appends that are under way. */
  readonly underWay: number;
  /** Names of the logs that have a file. */
  ids(): readonly string[];
}

interface Stored {
  bytes: Uint8Array;
  marks: { offset: number; at: number }[];
  syncedBytes: number;
}

interface Append {
  readonly run: () => void;
  readonly fail: (error: FarmError) => void;
}

export function createMemoryLogDisk(): MemoryLogDisk {
  const stored = new Map<string, Stored>();
  let life = 0;
  let refusal: FarmError | null = null;
  let isHeld = false;
  let queue: Append[] = [];
  let openIds = new Set<string>();

  function drain(): void {
    for (const append of queue.splice(0)) refusal === null ? append.run() : append.fail(refusal);
  }

  function enqueue(append: Append): void {
    queue.push(append);
    if (!isHeld && queue.length === 1) {
      Promise.resolve()
        .then(() => (isHeld ? undefined : drain()))
        .catch(append.fail);
    }
  }

  function open(id: string, born: number): LogFile {
    const log = stored.get(id) ?? { bytes: new Uint8Array(0), marks: [], syncedBytes: 0 };
    stored.set(id, log);
    openIds.add(id);
    let isClosed = false;
    let last: Promise<void> = Promise.resolve();

    function mustLive(): void {
      if (isClosed || born !== life) throw conflict(`The file of log "${id}" is closed`);
    }

    function write(bytes: Uint8Array, at: number): void {
      if (bytes.length === 0) return;
      if (log.marks.at(-1)?.at !== at) log.marks.push({ offset: log.bytes.length, at });
      const grown = new Uint8Array(log.bytes.length + bytes.length);
      grown.set(log.bytes);
      grown.set(bytes, log.bytes.length);
      log.bytes = grown;
    }

    async function after<T>(work: () => T): Promise<T> {
      mustLive();
      await last.catch(() => undefined);
      return work();
    }

    return {
      get size() {
        return log.bytes.length;
      },
      marks: () => log.marks,
      append(bytes, at) {
        last = new Promise<void>((resolve, reject) => {
          mustLive();
          const copy = bytes.slice();
          enqueue({
            run: () => {
              write(copy, at);
              resolve();
            },
            fail: reject,
          });
        });
        return last;
      },
      sync: () =>
        after(() => {
          log.syncedBytes = log.bytes.length;
        }),
      truncate: (size) =>
        after(() => {
          if (size > log.bytes.length) throw conflict(`The file of log "${id}" can't be cut to ${size}`);
          log.bytes = log.bytes.slice(0, size);
          log.marks = log.marks.filter((mark) => mark.offset < size);
          log.syncedBytes = Math.min(log.syncedBytes, size);
        }),
      async read(from, to) {
        mustLive();
        return log.bytes.slice(from, to);
      },
      async close() {
        if (isClosed) return;
        await after(() => {
          isClosed = true;
          openIds.delete(id);
        });
      },
    };
  }

  function filesOf(born: number): LogFiles {
    return {
      async open(id) {
        mustBeId(id);
        if (openIds.has(id)) throw conflict(`The log "${id}" is open already`);
        return open(id, born);
      },
      list: async () => [...stored.keys()].toSorted(),
      async remove(id) {
        mustBeId(id);
        if (openIds.has(id)) throw conflict(`The log "${id}" is open already`);
        stored.delete(id);
      },
    };
  }

  function die(): void {
    life++;
    openIds = new Set();
    queue = [];
    isHeld = false;
  }

  return {
    open: () => filesOf(life),
    crash(kept = 0) {
      for (const append of queue.splice(0, kept)) append.run();
      die();
    },
    powerLoss() {
      die();
      for (const log of stored.values()) {
        log.bytes = log.bytes.slice(0, log.syncedBytes);
        log.marks = log.marks.filter((mark) => mark.offset < log.syncedBytes);
      }
    },
    refuse(error) {
      refusal = error;
    },
    hold() {
      isHeld = true;
    },
    async release() {
      isHeld = false;
      drain();
      await Promise.resolve();
    },
    get underWay() {
      return queue.length;
    },
    ids: () => [...stored.keys()].toSorted(),
  };
}

function mustBeId(id: string): void {
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(id)) throw invalidInput('id', `"${id.slice(0, 100)}" is no id of a log`);
}

function conflict(message: string): FarmError {
  return new FarmError('conflict', message, { blame: 'farm' });
}
