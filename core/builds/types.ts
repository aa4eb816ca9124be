import type { Blame, FarmErrorJson } from '../../agent/wire/farm-error.ts';
import type { Removal } from '../blobs/types.ts';
import type { Plan } from '../builders/types.ts';
import type { SchedulerCounts } from '../scheduler/index.ts';
import type { TaskClass, Why } from '../scheduler/types.ts';
import type { BuildReader } from './ports.ts';

/** `error`: infrastructure failures used up the attempts; says nothing about the change. */
export const buildStates = ['waiting', 'running', 'passed', 'failed', 'cancelled', 'error'] as const;
export type BuildState = (typeof buildStates)[number];

export function isFinished(state: BuildState): boolean {
  return state !== 'waiting' && state !== 'running';
}

export interface Build {
  readonly id: string;
  readonly repo: string;
  readonly commit: string;
  readonly builder: string;
  readonly hostType: string;
  readonly state: BuildState;
  readonly class: TaskClass;
  readonly priority: number;
  /** The branch on whose behalf it runs, and the commit's place there; null for a commit asked for by hand that has none. */
  readonly branch: string | null;
  readonly position: number | null;
  readonly commitAt: number;
  /** `commit`: the farm wanted it. `request`: a person or script. `retry`: of `retryOf`. */
  readonly trigger: 'commit' | 'request' | 'retry';
  readonly retryOf: string | null;
  readonly requestedBy: string | null;
  readonly createdAt: number;
  /** Start of the first attempt. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Attempts begun so far, and allowed in all. */
  readonly attempts: number;
  readonly maxAttempts: number;
  /** Not before this time (a pause after an infrastructure failure); 0: at once. */
  readonly notBefore: number;
  readonly cancelRequestedBy: string | null;
  /** Once finished and not passed: whose fault, and one sentence. */
  readonly blame: Blame | null;
  readonly message: string | null;
}

export type AttemptState = 'running' | 'passed' | 'failed' | 'cancelled' | 'infrastructure';

export interface Attempt {
  /** Also the id of its log. */
  readonly id: string;
  readonly buildId: string;
  /** From 1. */
  readonly number: number;
  readonly machineId: string;
  readonly slot: number;
  readonly leaseId: string;
  readonly state: AttemptState;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly error: FarmErrorJson | null;
}

/**
 * One line of an attempt's journal. Steps, in order: `plan`, `prepare`, `run:0` … `run:N`, `artifacts`. An intent is stored
 * before the step is done and its result after; a step's span is the time between.
 */
export interface JournalEntry {
  readonly attemptId: string;
  /** From 0, without gaps. */
  readonly seq: number;
  readonly step: string;
  readonly phase: 'intent' | 'result';
  readonly at: number;
  /** JSON; its shape belongs to the step (`journal.ts`). */
  readonly data: unknown;
}

export interface Artifact {
  readonly id: string;
  readonly attemptId: string;
  readonly buildId: string;
  /** Relative to the work folder. */
  readonly path: string;
  readonly bytes: number;
  readonly digest: string;
  readonly blobKey: string;
}

/** An artifact as it is now. */
export interface KeptArtifact extends Artifact {
  /** Null while its bytes are there. */
  readonly removed: Removal | null;
}

export interface Span {
  readonly step: string;
  /** For people: "npm test". */
  readonly title: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly state: 'running' | 'passed' | 'failed' | 'broken-off';
  /** Where the step's output starts in the attempt's log; null for steps that write none. */
  readonly logOffset: number | null;
  readonly detail: string | null;
}

/** What can be told of one attempt beyond its row. */
export interface AttemptDetail {
  readonly attempt: Attempt;
  readonly spans: readonly Span[];
  readonly plan: Plan | null;
}

/** What the builds capability offers to edge. */
export interface Builds {
  readonly reader: BuildReader;
  /** Every attempt of a build, oldest first. */
  attempts(buildId: string): Promise<readonly AttemptDetail[]>;
  /** Why a waiting build waits; null when it does not wait. */
  why(buildId: string): Why | null;
  /** Waiting builds in the order in which they will be placed, from `offset` on. */
  queue(query: {
    readonly offset: number;
    readonly limit: number;
  }): readonly { readonly build: Build; readonly why: Why }[];
  counts(): SchedulerCounts & { readonly running: number };
  /** How many builds wait for machines of each host type. */
  waitingByHostType(): ReadonlyMap<string, number>;
  /** A build that waits or runs, without asking the store; null for any other. */
  live(buildId: string): Build | null;
  /** Usual duration of a builder (median), ms; null before its first finished build. */
  usualMs(builder: string): number | null;
  /** Builds beside a free slot that should have been placed already. More than none, twice in a row, is a defect. */
  overlooked(): number;
  /** Rejects with `not_found`; a finished build is answered as it is. */
  cancel(buildId: string, by: string): Promise<Build>;
  /** Called after every stored change of a build. Gives the way to stop. */
  onChange(listener: (build: Build) => void): () => void;
}
