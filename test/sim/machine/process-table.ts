/** Stands in for `agent/platform/process-table.ts` in the bundle: /proc of the machine whose turn it is. */
import { runningKernel } from '../kernel/kernel.ts';
import { allProcesses, lastProcessId, processOf, type SimProcess } from './processes.ts';

export const hasProcessTable = true;

/** Agents are named `machine/agent`, and see the processes of their machine. */
function isHere(process: SimProcess): boolean {
  return runningKernel().current.name.startsWith(`${process.machine}/`);
}

function visible(pid: number): SimProcess | undefined {
  const process = processOf(pid);
  return process !== undefined && isHere(process) ? process : undefined;
}

export function processStat(pid: number) {
  const process = visible(pid);
  if (process === undefined) return undefined;
  const { group } = process;
  return {
    state: 'S',
    parent: 1,
    group,
    session: group,
    isKernelThread: false,
    start: String(Math.floor(process.startedAt * 1000)),
  };
}

export function processStart(pid: number): string | null {
  return processStat(pid)?.start ?? null;
}

export function readProc(path: string): Buffer | undefined {
  if (path === '/proc/loadavg') return Buffer.from(`0.00 0.00 0.00 1/80 ${lastProcessId()}`);
  if (path === '/proc/sys/kernel/pid_max') return Buffer.from('8388608');
  const [, pid] = /^\/proc\/(\d+)\/environ$/.exec(path) ?? [];
  const process = pid === undefined ? undefined : visible(Number(pid));
  if (process === undefined) return undefined;
  return Buffer.from(
    Object.entries(process.env)
      .map(([name, value]) => `${name}=${value}\0`)
      .join(''),
  );
}

export function procNames(): string[] {
  return [...allProcesses()].filter(isHere).map(({ pid }) => String(pid));
}

/** Undefined when the path is none of /proc; throws ENOENT for a process that is gone. */
export function procLink(path: string): string | undefined {
  const [, pid, name] = /^\/proc\/(\d+)\/(cwd|exe)$/.exec(path) ?? [];
  if (pid === undefined) return undefined;
  const process = visible(Number(pid));
  if (process === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
  return name === 'cwd' ? process.cwd : '/bin/sh';
}
