/** What the system tells of processes. Linux alone tells enough to find a process by its environment or folder. */
import { readFileSync } from 'node:fs';

export const hasProcessTable = process.platform === 'linux';

export interface ProcessStat {
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly isKernelThread: boolean;
  /** Ticks since boot; with the id it names a process for ever. */
  readonly start: string;
}

/** Undefined when there is no such process, or no table. */
export function processStat(pid: number): ProcessStat | undefined {
  const text = readProc(`/proc/${pid}/stat`)?.toString('latin1');
  if (text === undefined) return undefined;
  // The name before it is in parentheses and may contain anything, parentheses too.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    state: fields[0] ?? '',
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    isKernelThread: (Number(fields[6]) & kernelThreadFlag) !== 0,
    start: fields[19] ?? '',
  };
}

const kernelThreadFlag = 0x0020_0000;

/** When a process started, as the system counts; null where that cannot be told. */
export function processStart(pid: number): string | null {
  return processStat(pid)?.start ?? null;
}

/** A file of /proc; undefined when its process is gone or not ours to look at. */
export function readProc(path: string): Buffer | undefined {
  if (!hasProcessTable) return undefined;
  try {
    return readFileSync(path);
  } catch {
    // ENOENT, ESRCH, EACCES: in each case there is nothing for us to see.
    return undefined;
  }
}
