import type { Clock } from '../../agent/kit/clock.ts';
import type { LookedAtBlobs } from '../blobs/folder.ts';
import type { ToolProgress } from '../tool-progress.ts';

export interface Finding {
  /** `missing-object`, `orphan-object`, `foreign-object`, `wrong-size`, `wrong-content`, or a rule of `database.ts`. */
  readonly kind: string;
  /** The object's key, or the id of what is wrong. */
  readonly what: string;
  readonly text: string;
  readonly repaired: boolean;
}

export interface CheckRequest {
  /** The data folder. */
  readonly dir: string;
  readonly blobs: LookedAtBlobs;
  /** Reads every object, and compares what is in it with its digest. */
  readonly deep: boolean;
  readonly repair: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ToolProgress) => void;
}

export interface CheckReport {
  readonly references: number;
  readonly objects: number;
  readonly findings: readonly Finding[];
  /** Findings beyond those that are listed. */
  readonly more: number;
}
