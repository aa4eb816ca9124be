import type { FarmErrorJson } from '../../agent/wire/farm-error.ts';
import type { SealedLog } from '../logs/types.ts';
import type { KnownDuration, Line, TaskClass } from '../scheduler/types.ts';
import type {
  Artifact,
  Attempt,
  AttemptState,
  Build,
  BuildState,
  JournalEntry,
  KeptArtifact,
} from './types.ts';

export interface NewBuild {
  readonly id: string;
  readonly repo: string;
  readonly commit: string;
  readonly builder: string;
  readonly hostType: string;
  readonly class: TaskClass;
  readonly priority: number;
  readonly branch: string | null;
  readonly position: number | null;
  readonly commitAt: number;
  readonly trigger: Build['trigger'];
  readonly retryOf: string | null;
  readonly requestedBy: string | null;
  readonly createdAt: number;
  readonly maxAttempts: number;
}

export interface BuildQuery {
  readonly repo?: string;
  readonly builder?: string;
  /** A full hash or a prefix of at least 4 digits. */
  readonly commit?: string;
  readonly state?: BuildState;
  readonly limit: number;
  /** Builds older than this one (newest first, by creation then id). */
  readonly before?: string;
}

/** A build that is not finished, with all that a restart needs. */
export interface Unfinished {
  readonly build: Build;
  /** Every attempt, oldest first; at most the last one is running. */
  readonly attempts: readonly Attempt[];
  /** Journal of the running attempt, in order; empty without one. */
  readonly journal: readonly JournalEntry[];
}

export type GridCell = Pick<Build, 'id' | 'commit' | 'builder' | 'state' | 'startedAt' | 'endedAt'>;

export interface Place {
  readonly branch: string | null;
  readonly position: number;
}

export interface BuildReader {
  build(id: string): Promise<Build | null>;
  /** Newest first. */
  builds(query: BuildQuery): Promise<readonly Build[]>;
  /** Where some build of the commit stands in a branch; null: none does. */
  place(query: { readonly repo: string; readonly commit: string }): Promise<Place | null>;
  /** The newest build of each commit and builder, of the commits named. */
  cells(query: { readonly repo: string; readonly commits: readonly string[] }): Promise<readonly Build[]>;
  /** The same for grids: only what a cell shows. In no order. */
  gridCells(query: {
    readonly repo: string;
    readonly commits: readonly string[];
  }): Promise<readonly GridCell[]>;
  /** Those of the commits that have a build in this state, be it the newest of its builder or not. */
  commitsWith(query: {
    readonly repo: string;
    readonly state: BuildState;
    readonly commits: readonly string[];
  }): Promise<ReadonlySet<string>>;
  attempts(buildId: string): Promise<readonly Attempt[]>;
  journal(attemptId: string): Promise<readonly JournalEntry[]>;
  artifacts(buildId: string): Promise<readonly KeptArtifact[]>;
  artifact(id: string): Promise<KeptArtifact | null>;
  counts(): Promise<Readonly<Record<BuildState, number>>>;
}

export interface BuildStore extends BuildReader {
  /**
   * Stores waiting builds. Builds with trigger `commit` are unique by repository, commit and builder: a second one answers the
   * first with `created: false`.
   */
  create(
    builds: readonly NewBuild[],
  ): Promise<readonly { readonly build: Build; readonly created: boolean }[]>;
  unfinished(): Promise<readonly Unfinished[]>;
  /**
   * Begins an attempt: the build goes to `running`, the attempt, its lease and its first journal entries are stored, in one
   * step, if the build still waits and nobody holds the slot. The same attempt id again: `claimed`, nothing changes.
   */
  claim(op: {
    readonly buildId: string;
    readonly attempt: { readonly id: string; readonly number: number };
    readonly leaseId: string;
    readonly machineId: string;
    readonly slot: number;
    readonly at: number;
    readonly journal: readonly JournalEntry[];
  }): Promise<
    | { readonly outcome: 'claimed'; readonly build: Build }
    | { readonly outcome: 'not-waiting' | 'slot-taken' }
  >;
  /** An entry that is stored already changes nothing; another at its place, or a gap, rejects with `conflict`. */
  appendJournal(entries: readonly JournalEntry[]): Promise<void>;
  /**
   * Ends an attempt, its lease and (unless `again`) its build in one step, with the sealed log and artifacts. `again` puts the
   * build back to waiting, or cancels it when a cancellation was stored meanwhile. A second call for an ended attempt changes
   * nothing and answers the build as it is.
   */
  endAttempt(op: {
    readonly attemptId: string;
    readonly buildId: string;
    readonly at: number;
    readonly journal: readonly JournalEntry[];
    readonly state: Exclude<AttemptState, 'running'>;
    readonly error: FarmErrorJson | null;
    readonly log: SealedLog | null;
    readonly artifacts: readonly Artifact[];
    readonly followUp:
      | { readonly kind: 'again'; readonly notBefore: number }
      | {
          readonly kind: 'finished';
          readonly state: Exclude<BuildState, 'waiting' | 'running'>;
          readonly blame: Build['blame'];
          readonly message: string | null;
        };
  }): Promise<Build>;
  /** A waiting build is cancelled; a running one is marked, and its attempt has to be stopped; a finished one is left. */
  cancel(op: {
    readonly buildId: string;
    readonly at: number;
    readonly by: string;
  }): Promise<
    | { readonly outcome: 'cancelled' | 'stopping' | 'finished'; readonly build: Build }
    | { readonly outcome: 'missing' }
  >;
  /** Durations of the newest finished attempts (passed or failed), per builder, oldest first. */
  durations(perBuilder: number): Promise<ReadonlyMap<string, readonly KnownDuration[]>>;
  /** Verdicts at places of branches, for the newest `perLine` places of each line. */
  verdicts(
    perLine: number,
  ): Promise<readonly { readonly line: Line; readonly position: number; readonly passed: boolean }[]>;
}
