/** Every limit of the two configuration files; what an untrusted `croft.json` may ask for ends here. */
export const configLimits = {
  /** A repository's `croft.json`. */
  repositoryFileBytes: 256 * 1024,
  /** Repositories, host types and builders, each. */
  listItems: 1_000,
  nameLength: 100,
  urlLength: 2_048,
  steps: 100,
  stepLength: 64 * 1024,
  globs: 100,
  labels: 50,
  variables: 200,
  variableNameLength: 128,
  /** Names and values of one environment together; the farm's and the repository's both fit into a run's. */
  environmentBytes: 100 * 1024,
  secrets: 50,
  secretLength: 8 * 1024,
  /** Names and values of a builder's secrets together; with both environments they fit into a run's. */
  secretsBytes: 32 * 1024,
  /** Sections under `builders` of a `croft.json`. */
  sections: 200,
  /** Problems told at once; the rest is counted. */
  problems: 100,
  history: 10_000,
  attempts: 10,
  minDurationMs: 1_000,
  maxDurationMs: 7 * 86_400_000,
  maxAwayMs: 3_600_000,
  minLogBytes: 64 * 1024,
  maxLogBytes: 1024 ** 4,
  /** Of retention. Below the lowest age, a build could lose its log before anybody looked at it. */
  minKeptMs: 86_400_000,
  maxKeptMs: 100 * 366 * 86_400_000,
  minKeptBytes: 1024 ** 2,
  maxKeptBytes: 4096 * 1024 ** 4,
} as const;
