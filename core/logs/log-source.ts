/**
 * A log as readers see it, open or sealed alike, at one moment: its length, where its lines are, and its bytes by blocks of
 * `logLimits.blockBytes`.
 */
export interface LogSource {
  readonly bytes: number;
  readonly newlines: number;
  readonly endsInNewline: boolean;
  /** Newlines before byte `block * blockBytes`; all of them for a block past the end. */
  newlinesBefore(block: number): number;
  /** Bytes of one block; the last one may be short. Not to be changed by who gets it. */
  block(index: number): Promise<Uint8Array>;
  /** Blocks `first` to before `end`, in order; for readers that go through much of a log. */
  blocks(first: number, end: number): AsyncIterable<Uint8Array>;
  /** When the byte at `offset` was written; null when nobody knows. */
  timeAt(offset: number): number | null;
}

/** Complete lines, and the unfinished last one. */
export function lineCount(source: Pick<LogSource, 'bytes' | 'newlines' | 'endsInNewline'>): number {
  return source.newlines + (source.bytes > 0 && !source.endsInNewline ? 1 : 0);
}
