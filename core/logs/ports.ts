import type { RemovedLog, SealedLog } from './types.ts';

/** Live logs: append-only files that survive a kill of the process at any byte. */
export interface LogFiles {
  /** Creates the file, or opens what is there (a torn last record is cut off). */
  open(id: string): Promise<LogFile>;
  list(): Promise<readonly string[]>;
  remove(id: string): Promise<void>;
}

export interface LogFile {
  readonly size: number;
  /** Times of earlier bytes: from `offset` on, written at `at`. Sorted by offset. */
  marks(): readonly { readonly offset: number; readonly at: number }[];
  /**
   * In call order. Resolves once the operating system has the bytes. One that fails stores nothing, and neither do those that
   * wait behind it; the next one goes on at `size`.
   */
  append(bytes: Uint8Array, at: number): Promise<void>;
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Bytes `from` to `to` (exclusive), fewer at the end. */
  read(from: number, to: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Sealed logs; they are written by the transaction that ends the attempt (`BuildStore.endAttempt`). */
export interface SealedLogs {
  sealed(id: string): Promise<SealedLog | null>;
  /** What is known of one that retention removed. */
  removed(id: string): Promise<RemovedLog | null>;
}
