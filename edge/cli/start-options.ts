/** What `croft start` was asked for, checked only in form. */
export interface StartOptions {
  /** A path or an address; null: the repository of the current folder, or what the configuration says. */
  readonly repo: string | null;
  /** Absolute. */
  readonly config: string | null;
  readonly port: number | null;
  readonly env: string | null;
  /** Null: only this machine can reach it. */
  readonly host: string | null;
  readonly publicUrl: string | null;
  /** Null: `local`, or the only one. */
  readonly hostType: string | null;
  /** False: machines join from elsewhere only. */
  readonly localAgent: boolean;
}

export interface StartRequest {
  /** Absolute. */
  readonly data: string;
  /** Where to listen unless `options` or an earlier start say otherwise. */
  readonly defaultPort: number;
  readonly options: StartOptions;
}

/**
 * Runs a farm on this machine until it is told to stop. Rejects when the farm can't be started. `edge/start` does it, and
 * `main.ts` joins the two.
 */
export type StartFarm = (request: StartRequest) => Promise<void>;
