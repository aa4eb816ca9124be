import type { Removal } from '../blobs/types.ts';

/** A log belongs to one attempt and has its id. Offsets count bytes of output, lines count from 1. */
export interface SealedLog {
  readonly id: string;
  readonly bytes: number;
  readonly lines: number;
  /** Bytes that the limit kept out. */
  readonly droppedBytes: number;
  readonly sealedAt: number;
  /** The sealed form (`seal-format.ts`): small logs stand in the database, large ones in the blob store. */
  readonly content:
    | { readonly kind: 'inline'; readonly data: Uint8Array }
    | { readonly kind: 'blob'; readonly key: string };
}

/** Bytes of a log with the offset of the first of them. */
export interface LogChunk {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface LogLine {
  /** From 1. */
  readonly number: number;
  readonly offset: number;
  /** When its first byte was written, by the machine's clock; null when nobody knows. */
  readonly at: number | null;
  /** Without its newline (LF or CR LF); invalid UTF-8 replaced; cut at a limit (`limits.ts`), then `cut` is true. */
  readonly text: string;
  readonly cut: boolean;
}

export interface LogStat {
  readonly state: 'open' | 'sealed' | 'missing';
  readonly bytes: number;
  /** Complete lines, and the unfinished last one. */
  readonly lines: number;
  readonly droppedBytes: number;
  /** A log that is missing on purpose. Its figures are those that it had. */
  readonly removed: Removal | null;
}

/** A log that was removed on purpose. */
export interface RemovedLog {
  readonly bytes: number;
  readonly lines: number;
  readonly droppedBytes: number;
  readonly removal: Removal;
}

/** The first match of a line; a line is told once. */
export interface LogMatch {
  readonly line: LogLine;
  /** Where in `line.text` the match stands; escape sequences may be inside. */
  readonly from: number;
  readonly to: number;
}

export interface LogSearch {
  readonly query: string;
  /** True: `query` is a regular expression (of a safe subset, see `regex/syntax.ts`). */
  readonly regex: boolean;
  readonly ignoreCase: boolean;
  /** First line to look at. */
  readonly fromLine: number;
  readonly limit: number;
}

/**
 * Matches in line order; `next` is the line to go on from, null at the end. A page may end early, even without a match, because its
 * time is up.
 */
export interface LogSearchResult {
  readonly matches: readonly LogMatch[];
  readonly next: number | null;
}

/** Appends to one open log. Not for concurrent use by two holders. */
export interface LogWriter {
  readonly id: string;
  readonly size: number;
  /** Bytes that survive the death of this process. */
  readonly durableSize: number;
  /** Readers see the bytes at once; resolves when there is room for more. `at` is the machine's clock, ms. */
  append(bytes: Uint8Array, at: number): Promise<void>;
  /** Resolves when all that was appended survives the death of this process; with `sync`, of the machine. */
  flush(options?: { readonly sync?: boolean }): Promise<void>;
  /** Takes back everything from `size` on; only for resuming, before anything is appended. */
  truncate(size: number): Promise<void>;
  /** Makes the sealed form (put into the blob store when large). The caller stores the answer, then calls `discard`. */
  seal(droppedBytes: number): Promise<SealedLog>;
  /** The sealed form is stored: readers change over to it and the live file goes. */
  discard(): Promise<void>;
}

/** Lines `from` on; the last ones; or those from the one that holds the byte at `atOffset` on. */
export type LogWindowQuery =
  | { readonly from: number; readonly count: number }
  | { readonly last: number }
  | { readonly atOffset: number; readonly count: number };

/** What an operator wants to see of the logs that are being written. */
export interface LogFigures {
  readonly open: number;
  readonly followers: number;
  readonly unflushedBytes: number;
  /** Logs that the disk refuses at the moment. */
  readonly failing: number;
}

/**
 * Every log of the farm, open and sealed alike: the same offsets, line numbers and lines before and after sealing. Readers of a log
 * that does not exist are told `not_found`; of one whose stored form is lost or damaged `blob_missing` or `storage_failed`.
 */
export interface Logs {
  /** Begins a log, or goes on with what its file holds. Rejects with `conflict` when it is sealed. */
  open(id: string): Promise<LogWriter>;
  stat(id: string): Promise<LogStat>;
  /** Bytes `from` to before `to` of what is there now, in pieces. */
  bytes(id: string, from?: number, to?: number): AsyncIterable<Uint8Array>;
  /**
   * From `from` on, live, until the log is sealed and read to its end. Rejects with the signal's reason, or with `shutting_down`. Who
   * waits in it is let go by the signal.
   */
  follow(id: string, from: number, signal: AbortSignal): AsyncIterable<LogChunk>;
  /** Fewer lines than asked for when they are many or long (`limits.ts`): ask again from the next. */
  lines(id: string, query: LogWindowQuery): Promise<readonly LogLine[]>;
  search(id: string, search: LogSearch, signal?: AbortSignal): Promise<LogSearchResult>;
  /**
   * Likely error lines, best first; at most `logLimits.problems`, their text cut sooner than elsewhere. Of an open log they are those
   * up to as far as it was looked through in the time that a question may take; asking again goes on.
   */
  problems(id: string): Promise<readonly LogLine[]>;
  /** Removes files of logs whose sealed form is stored, left by a process that died before it came to that. Gives how many. */
  removeLeftovers(): Promise<number>;
  figures(): LogFigures;
  /** Flushes and closes every open log; they can be opened again by the next process. */
  stop(): Promise<void>;
}
