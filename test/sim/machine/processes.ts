/** Processes of the machines in the bottle. They belong to their machine's kernel: an agent that dies leaves them running. */
import type { ChildProcess, ProcessExit, SpawnRequest } from '../../../agent/platform/process.ts';
import type { Kernel, Owner } from '../kernel/kernel.ts';

export interface SimProcess {
  readonly pid: number;
  readonly group: number;
  readonly machine: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly startedAt: number;
  alive: boolean;
}

/** What a program does with its turn; all times are virtual. */
export interface Program {
  /** Output in the order in which it is written, each piece so long after the start. */
  readonly writes: readonly { readonly afterMs: number; readonly bytes: Uint8Array }[];
  readonly durationMs: number;
  readonly exitCode: number;
  /** What it does on SIGTERM: nothing, or it ends by it. */
  readonly ignoresTerm: boolean;
  /** Leaves a process behind when it ends, in its own group or in one of its own, for so long; null: nothing. */
  readonly leaves: { readonly ownGroup: boolean; readonly forMs: number } | null;
}

export interface ProcessHooks {
  /** Called before a process begins; throws what the system refuses. */
  readonly program: (request: SpawnRequest, process: SimProcess) => Program;
  readonly onEnd: (process: SimProcess, exit: ProcessExit, wroteBytes: number) => void;
}

/** Above every id that a real machine gives out. */
const firstPid = 4_200_000;

interface Live extends SimProcess {
  alive: boolean;
  end(exit: ProcessExit): void;
  readonly ignoresTerm: boolean;
}

let table = new Map<number, Live>();
let lastPid = firstPid;

export function clearProcesses(): void {
  table = new Map();
  lastPid = firstPid;
}

export function lastProcessId(): number {
  return lastPid;
}

export function processOf(pid: number): SimProcess | undefined {
  return table.get(pid);
}

export function allProcesses(): Iterable<SimProcess> {
  return table.values();
}

/** As kill(2): a negative id means a group. True when somebody got it. */
export function deliverSignal(pid: number, signal: string): boolean {
  const targets =
    pid > 0 ? [table.get(pid)] : [...table.values()].filter((process) => process.group === -pid);
  const living = targets.filter((process) => process !== undefined);
  for (const process of living) {
    if (signal === 'SIGTERM' && process.ignoresTerm) continue;
    process.end({ exitCode: null, signal });
  }
  return living.length > 0;
}

/** The machine lost its power, or was taken away. */
export function endAllOf(machine: string): void {
  for (const process of [...table.values()]) {
    if (process.machine === machine) process.end({ exitCode: null, signal: 'SIGKILL' });
  }
}

/** A pipe between a process and whoever reads it. */
function createPipe(kernel: Kernel, reader: Owner) {
  const chunks: Uint8Array[] = [];
  let closed = false;
  let holders = 0;
  let waiting: ((bytes: Uint8Array | undefined) => void) | undefined;

  function wake(): void {
    if (waiting === undefined || (chunks.length === 0 && holders > 0)) return;
    const resolve = waiting;
    waiting = undefined;
    kernel.after(reader, 0, () => resolve(chunks.shift()));
  }

  return {
    hold() {
      holders++;
    },
    release() {
      holders--;
      wake();
    },
    write(bytes: Uint8Array) {
      if (closed || !reader.alive) return;
      chunks.push(bytes);
      wake();
    },
    output: {
      read(): Promise<Uint8Array | undefined> {
        const first = chunks.shift();
        if (first !== undefined) return Promise.resolve(first);
        if (holders === 0 || closed) return Promise.resolve(undefined);
        return new Promise((resolve) => {
          waiting = resolve;
        });
      },
      close() {
        closed = true;
      },
    },
  };
}

type Pipe = ReturnType<typeof createPipe>;

export function spawnProcess(
  kernel: Kernel,
  hardware: Owner,
  reader: Owner,
  hooks: ProcessHooks,
  request: SpawnRequest,
): ChildProcess {
  const pid = ++lastPid;
  const self = {
    pid,
    group: pid,
    machine: hardware.name,
    env: request.env,
    cwd: request.cwd,
    startedAt: kernel.now,
    alive: true,
  };
  const program = hooks.program(request, self);
  const pipe = createPipe(kernel, reader);
  let tellExit: (exit: ProcessExit) => void = () => undefined;
  const exited = new Promise<ProcessExit>((resolve) => {
    tellExit = resolve;
  });
  let wrote = 0;
  const timers = program.writes.map(({ afterMs, bytes }) =>
    kernel.after(hardware, afterMs, () => {
      wrote += bytes.length;
      pipe.write(bytes);
    }),
  );
  const process = enter(kernel, hardware, pipe, { ...self, ignoresTerm: program.ignoresTerm }, (exit) => {
    for (const timer of timers) timer.cancel();
    finish.cancel();
    if (program.leaves !== null && exit.signal === null)
      leaveBehind(kernel, hardware, pipe, self, program.leaves);
    hooks.onEnd(process, exit, wrote);
    kernel.after(reader, 0, () => tellExit(exit));
  });
  const finish = kernel.after(hardware, program.durationMs, () =>
    process.end({ exitCode: program.exitCode, signal: null }),
  );
  return { pid, output: pipe.output, exited };
}

function enter(
  kernel: Kernel,
  hardware: Owner,
  pipe: Pipe,
  fields: SimProcess & { readonly ignoresTerm: boolean },
  onEnd: (exit: ProcessExit) => void,
): Live {
  pipe.hold();
  const process: Live = {
    ...fields,
    end(exit) {
      if (!table.delete(process.pid)) return;
      process.alive = false;
      onEnd(exit);
      kernel.after(hardware, 0, () => pipe.release());
    },
  };
  table.set(process.pid, process);
  return process;
}

function leaveBehind(
  kernel: Kernel,
  hardware: Owner,
  pipe: Pipe,
  parent: SimProcess,
  leaves: { ownGroup: boolean; forMs: number },
): void {
  const pid = ++lastPid;
  const group = leaves.ownGroup ? pid : parent.group;
  const timer = kernel.after(hardware, leaves.forMs, () => process.end({ exitCode: 0, signal: null }));
  const fields = { ...parent, pid, group, startedAt: kernel.now, alive: true, ignoresTerm: true };
  const process = enter(kernel, hardware, pipe, fields, () => timer.cancel());
}
