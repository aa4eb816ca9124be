/** What the backfill queue remembers. */
import type { Hole } from './holes.ts';
import type { LineRecord } from './lines.ts';
import type { Task } from './types.ts';

/** The waiting work of one line, on one host type. */
export interface LineWork {
  readonly line: LineRecord;
  /** Oldest place first. */
  readonly waiting: Task[];
  readonly holes: Hole[];
  /** Settled places at which tasks wait: these are among the silent ones. */
  readonly settled: Set<number>;
  readonly listen: (position: number) => void;
}

export interface BackfillState {
  readonly works: Map<LineRecord, LineWork>;
  /** Of all lines, most telling first. */
  readonly holes: Hole[];
  /** Tasks without a place, or whose place has or gets a verdict: they tell nothing and go last. */
  readonly silent: Task[];
  readonly byAge: Task[];
  readonly oldestEvery: number;
  turns: number;
}
