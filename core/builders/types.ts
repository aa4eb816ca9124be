/** The farm's configuration as the rest of core sees it: complete, every default filled in, durations in ms. */
import type { TaskClass } from '../scheduler/types.ts';

export interface Repository {
  readonly name: string;
  readonly url: string;
  /** Globs of branch names; empty: the branch that the remote's HEAD names. */
  readonly branches: readonly string[];
  /** Globs of builder names that build it. */
  readonly builders: readonly string[];
  /** How many commits of a branch that is seen for the first time are built, newest first. */
  readonly history: number;
  readonly pollMs: number;
}

export interface HostType {
  readonly name: string;
  /** As Node names them (linux, darwin, win32 …; x64, arm64 …); null: any. */
  readonly os: string | null;
  readonly arch: string | null;
  readonly labels: readonly string[];
  /** How many machines the operator counts on; 0: no expectation. */
  readonly expected: number;
}

export interface Builder {
  readonly name: string;
  readonly hostType: string;
  /** Shell scripts, one run each; null: the repository's `croft.json`, and without one what is detected. */
  readonly steps: readonly string[] | null;
  readonly env: Readonly<Record<string, string>>;
  /** Variables of every step whose values are in no plan, no journal, no answer and no log. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Wall clock of one attempt's steps together. */
  readonly timeoutMs: number;
  /** Longest time without a byte of output. */
  readonly silenceMs: number;
  readonly artifacts: readonly string[];
  /** Attempts in all that infrastructure failures may use up. */
  readonly attempts: number;
  /** Added to the builder's turn inside a class; higher goes first. */
  readonly priority: number;
}

/** Kept until both limits allow no more; null: no limit. */
export interface KeepRule {
  readonly ageMs: number | null;
  /** Of all of the kind together; the oldest go first. */
  readonly bytes: number | null;
}

export interface Policies {
  readonly anonymousReading: boolean;
  /** Bytes of log kept for one attempt. */
  readonly logBytes: number;
  /** How long a machine that lost its connection may stay away before its work is placed anew. */
  readonly awayMs: number;
  /** Failed attempts in a row, of different builds, that send a machine to quarantine. */
  readonly quarantineAfter: number;
  readonly weights: Readonly<Record<TaskClass, number>>;
  /** How long what grows with every build is kept. */
  readonly retention: Readonly<Record<'logs' | 'artifacts' | 'archives' | 'mirrors', KeepRule>>;
}

export interface FarmConfig {
  readonly name: string;
  readonly repositories: readonly Repository[];
  readonly hostTypes: readonly HostType[];
  readonly builders: readonly Builder[];
  readonly policies: Policies;
}

/** One thing wrong with a configuration, said so that its author can mend it. */
export interface ConfigProblem {
  /** `builders[2].hostType`, in the file's own terms. */
  readonly path: string;
  readonly problem: string;
  readonly fix: string;
}

/** Where a plan came from, in words for the page. */
export interface PlanOrigin {
  readonly kind: 'builder' | 'repository' | 'detected';
  /** The file that decided: the farm's configuration, `croft.json`, or what was detected (`package.json`). */
  readonly file: string;
  /** "package.json has a test script and package-lock.json is there" */
  readonly why: string;
  /** "Add a croft.json with your own steps" */
  readonly change: string;
}

/** A recipe, resolved for one commit: what an attempt does. Stored in the journal. */
export interface Plan {
  readonly steps: readonly { readonly name: string; readonly script: string }[];
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly silenceMs: number;
  readonly artifacts: readonly string[];
  readonly origin: PlanOrigin;
}

/** A plan, or why the commit has none: its own fault, so the build is red with this text. */
export type Planned =
  | { readonly outcome: 'planned'; readonly plan: Plan }
  | { readonly outcome: 'refused'; readonly problems: readonly ConfigProblem[] };

/** What is in force now, and what went wrong with the last reload, if anything. */
export interface ConfigState {
  readonly config: FarmConfig;
  /** Path of the file, or null for the embedded default. */
  readonly file: string | null;
  readonly loadedAt: number;
  /** A reload that was refused; the older configuration stays in force. */
  readonly broken: { readonly at: number; readonly problems: readonly ConfigProblem[] } | null;
}
