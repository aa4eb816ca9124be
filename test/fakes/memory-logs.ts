/** The logs of a farm over memory: they can be sealed, killed and started anew. */
import type { Clock } from '../../agent/kit/clock.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import type { BlobStore } from '../../core/blobs/ports.ts';
import {
  createLogs,
  type Logs,
  type LogsOptions,
  type LogWriter,
  type SealedLog,
} from '../../core/logs/index.ts';
import { createMemoryBlobs } from './memory-blobs.ts';
import { createMemoryLogDisk, type MemoryLogDisk } from './memory-log-files.ts';
import { createMemorySealedLogs, type MemorySealedLogs } from './memory-sealed-logs.ts';

export interface MemoryLogs {
  /** Of the process that runs now. */
  readonly logs: Logs;
  readonly disk: MemoryLogDisk;
  readonly blobs: BlobStore;
  readonly sealed: MemorySealedLogs;
  /** Seals, stores and hands over, as the end of an attempt does. */
  seal(writer: LogWriter, droppedBytes?: number): Promise<SealedLog>;
  /** The process dies and another one starts. */
  crash(keptAppends?: number): void;
  restart(): Promise<void>;
}

/** Blobs come in pieces of `pieceBytes`. */
export function createMemoryLogs(
  settings: { readonly clock?: Clock; readonly pieceBytes?: number; readonly options?: LogsOptions } = {},
): MemoryLogs {
  const { clock = createManualClock(), pieceBytes = 10_007, options } = settings;
  const disk = createMemoryLogDisk();
  const blobs = inPieces(createMemoryBlobs(), pieceBytes);
  const sealed = createMemorySealedLogs();
  const start = () => createLogs({ files: disk.open(), sealed, blobs, clock, log: silentLog }, options);
  let logs = start();
  return {
    get logs() {
      return logs;
    },
    disk,
    blobs,
    sealed,
    async seal(writer, droppedBytes = 0) {
      const log = await writer.seal(droppedBytes);
      sealed.store(log);
      await writer.discard();
      return log;
    },
    crash(keptAppends = 0) {
      disk.crash(keptAppends);
      logs = start();
    },
    async restart() {
      await logs.stop();
      logs = start();
    },
  };
}

function inPieces(blobs: BlobStore, pieceBytes: number): BlobStore {
  return {
    ...blobs,
    async *get(key, range) {
      for await (const part of blobs.get(key, range)) {
        for (let at = 0; at < part.length; at += pieceBytes) yield part.subarray(at, at + pieceBytes);
      }
    },
  };
}
