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
  /** Without its newline; invalid UTF-8 replaced; cut at a limit, then `cut` is true. */
  readonly text: string;
  readonly cut: boolean;
}

export interface LogStat {
  readonly state: 'open' | 'sealed' | 'missing';
  readonly bytes: number;
  /** Complete lines, and the unfinished last one. */
  readonly lines: number;
  readonly droppedBytes: number;
}

export interface LogMatch {
  readonly line: LogLine;
  /** Where in `line.text` the match stands. */
  readonly from: number;
  readonly to: number;
}

export interface LogSearch {
  readonly query: string;
  /** True: `query` is a regular expression (of a safe subset, see `search.ts`). */
  readonly regex: boolean;
  readonly ignoreCase: boolean;
  /** First line to look at. */
  readonly fromLine: number;
  readonly limit: number;
}

/** Matches in line order; `next` is the line to go on from, null at the end. */
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
