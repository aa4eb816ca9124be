/** What the command line does with a data folder itself, without its coordinator. `main.ts` joins it with storage. */
export interface ToolProgress {
  readonly doing: string;
  readonly files: number;
  readonly bytes: number;
}

interface ToolRequest {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ToolProgress) => void;
}

export interface BackupReport {
  readonly to: string;
  readonly files: number;
  readonly bytes: number;
  readonly schemaVersion: number;
  readonly leftOut: readonly string[];
  readonly missing: readonly string[];
}

export interface RestoreReport {
  readonly dir: string;
  readonly files: number;
  readonly bytes: number;
  readonly createdAt: string;
  readonly schemaVersion: number;
  readonly movedAside: string | null;
  readonly blobs: string;
}

export interface CheckFinding {
  readonly kind: string;
  readonly what: string;
  readonly text: string;
  readonly repaired: boolean;
}

export interface CheckReport {
  readonly references: number;
  readonly objects: number;
  readonly findings: readonly CheckFinding[];
  /** Findings beyond those that are listed. */
  readonly more: number;
}

export interface DataTools {
  backUp(
    request: ToolRequest & { readonly dir: string; readonly to: string; readonly configFile: string | null },
  ): Promise<BackupReport>;
  restore(
    request: ToolRequest & { readonly from: string; readonly dir: string; readonly force: boolean },
  ): Promise<RestoreReport>;
  /** Compares the database and the objects both ways. `repair` needs the coordinator to be stopped. */
  check(
    request: ToolRequest & { readonly dir: string; readonly deep: boolean; readonly repair: boolean },
  ): Promise<CheckReport>;
}
