/** Starting a process: what the agent needs of it, whatever the runtime. */

export interface SpawnRequest {
  /** The program, by path or looked up in the PATH of `env`, and its arguments. */
  readonly argv: readonly string[];
  /** Must exist. */
  readonly cwd: string;
  /** All of the environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder of the cgroup (v2) that the process is to be in from its first instruction on. */
  readonly cgroup?: string | undefined;
}

export interface ProcessExit {
  readonly exitCode: number | null;
  readonly signal: string | null;
}

/** The reading end of the pipe that the process has as its standard error. Unread, it holds the process back. */
export interface ProcessOutput {
  /** The next bytes; undefined at the end, which comes when the last process that holds the pipe is gone. */
  read(): Promise<Uint8Array | undefined>;
  /** Lets go of the pipe; whoever still writes gets SIGPIPE. */
  close(): void;
}

/** The process leads a session and a process group of its own, both with its process id. */
export interface ChildProcess {
  readonly pid: number;
  readonly output: ProcessOutput;
  /** Settles when the leader is gone; never rejects. Its output may still have bytes, and other holders. */
  readonly exited: Promise<ProcessExit>;
}

/** Rejects with `could_not_start` when there is no such program or the system refuses. */
export type Spawn = (request: SpawnRequest) => Promise<ChildProcess>;
