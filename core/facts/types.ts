import type { Blame } from '../../agent/wire/farm-error.ts';

/** Something that happened, with what can be counted of it. Ids belong in the log: no field takes more than a few dozen values. */
export type Fact =
  /** A machine was given a build. `waitedMs`: since it was created, or since the pause after the last attempt. */
  | {
      readonly type: 'attempt-started';
      readonly hostType: string;
      readonly class: string;
      readonly number: number;
      readonly waitedMs: number;
    }
  | {
      readonly type: 'attempt-ended';
      readonly hostType: string;
      readonly outcome: 'passed' | 'failed' | 'cancelled' | 'infrastructure';
      /** Null for a pass. */
      readonly blame: Blame | null;
      readonly ranMs: number;
    }
  | {
      readonly type: 'build-ended';
      readonly class: string;
      readonly outcome: 'passed' | 'failed' | 'cancelled' | 'error';
      readonly blame: Blame | null;
      /** From its creation to its verdict. */
      readonly tookMs: number;
    }
  /** Output of builds, and the farm's own lines around it. */
  | { readonly type: 'log-written'; readonly bytes: number }
  | { readonly type: 'log-sealed'; readonly bytes: number; readonly place: 'database' | 'blob' }
  /** `kind` as in a machine's history. */
  | { readonly type: 'machine-event'; readonly kind: string }
  /** One transaction with all writes that shared it. `syncMs`: null when nothing in it had to outlive the machine. */
  | {
      readonly type: 'database-commit';
      readonly writes: number;
      readonly commitMs: number;
      readonly syncMs: number | null;
    }
  | { readonly type: 'database-failed'; readonly code: string }
  | {
      readonly type: 'blob';
      readonly operation: 'put' | 'get' | 'stat' | 'remove' | 'list';
      readonly ms: number;
      /** An object that is not there is an answer. */
      readonly ok: boolean;
    }
  | { readonly type: 'git-fetch'; readonly ms: number; readonly ok: boolean }
  /** How much later than asked for a timer came: how long everything else waits for its turn. */
  | { readonly type: 'loop-lag'; readonly ms: number };

/** Takes note of a fact, at once and without ever throwing. */
export type Tell = (fact: Fact) => void;
