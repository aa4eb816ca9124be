/** What a workload is: a real project whose released versions become the commits of a repository. */

/** One released version, unpacked. */
export interface Release {
  readonly version: string;
  readonly dir: string;
  /** Milliseconds UTC; null where the registry and the files tell no date. */
  readonly at: number | null;
  /** Names at the top of the folder that are no part of the project. */
  readonly leaveOut?: readonly string[];
}

export type Registry = 'go' | 'go-toolchain' | 'npm' | 'pypi' | 'crates';

/** Enough of the builder of a farm configuration. */
export interface WorkloadBuilder {
  readonly name: string;
  /** Left out: what the repository says, or what is detected. */
  readonly steps?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly timeout: string;
  readonly silence?: string;
}

export interface Workload {
  readonly name: string;
  readonly registry: Registry;
  /** As the registry calls it. */
  readonly project: string;
  /** Oldest first. */
  readonly versions: readonly string[];
  /** Committed with each version, for what can't be detected. */
  readonly files?: Readonly<Record<string, string>>;
  readonly builders: readonly WorkloadBuilder[];
  /** Versions that are red for every builder that builds them, with the reason; all others are green. */
  readonly red: Readonly<Record<string, string>>;
}
