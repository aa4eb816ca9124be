/** What grows with every build and may be let go again. Builds, their steps and their verdicts stay for ever. */
export const keptKinds = ['logs', 'artifacts', 'archives', 'mirrors'] as const;
export type KeptKind = (typeof keptKinds)[number];

/** One kept thing: a sealed log, an artifact, a source archive, or the mirror of a repository that is watched no longer. */
export interface KeptItem {
  /** Of the attempt, of the artifact, `repo tree`, or the repository's name. */
  readonly id: string;
  /** Since when it is kept; for a mirror, when it was last used. */
  readonly at: number;
  readonly bytes: number;
}

/** What one rule selects, or did away with. */
export interface RuleCount {
  readonly kind: KeptKind;
  readonly policy: string;
  readonly count: number;
  readonly bytes: number;
}

export interface RetentionPreview {
  /** In the order of `keptKinds`; only rules that select something. */
  readonly rules: readonly RuleCount[];
  /** True: counting ended at a limit, and there is more. */
  readonly cut: boolean;
}

export interface Retention {
  /** What the rules in force would remove now. Removes nothing. */
  preview(signal?: AbortSignal): Promise<RetentionPreview>;
  /** Removes it all, batch by batch. Rejects with the signal's reason; what is done by then stays done. */
  pass(signal: AbortSignal): Promise<readonly RuleCount[]>;
  /** A pass now and then, until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
}

/** A backup that runs elsewhere on this machine must find every object that its copy of the database names. */
export interface RemovalGate {
  /** Null: not now. */
  enter(): Promise<(() => void) | null>;
}
