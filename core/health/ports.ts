/** A refusal of everything, since when (wall clock) and why. */
export interface Refusal {
  readonly since: number;
  readonly message: string;
}

export interface DatabaseProbe {
  /** Why every write is refused until the process starts again; null while writes are taken. */
  refusal(): Refusal | null;
  /** Why the newest write was not stored; null when it was. */
  lastFailure(): Refusal | null;
  /** An empty transaction, all the way to the disk. Rejects as a write would. */
  check(): Promise<void>;
}

export interface DiskRoom {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** What storage can tell of itself, cheap enough to be asked every few seconds. */
export interface HealthProbes {
  readonly database: DatabaseProbe;
  /** Of the disk that the data folder is on, as an unprivileged user may use it. */
  readonly disk: { room(): Promise<DiskRoom> };
  /** The version of the git program; rejects when there is none that Croft can work with. */
  readonly git: { version(): Promise<string> };
}
