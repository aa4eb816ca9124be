/**
 * Finds the processes that belong to a lease, also those that left their group and session: by the mark in their environment, by
 * a working folder or program inside the work folder, by the session of a run. (One that clears its environment, leaves the
 * folder and starts its own session is found by the cgroup alone, where there is one.)
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { sep } from 'node:path';
import { hasProcessTable, processStat, readProc } from '../platform/process-table.ts';
import { leaseMark, outerLeaseMark } from '../runs/environment.ts';
import type { PidClock, PidMark } from './pid-clock.ts';

export interface Leader {
  readonly pid: number;
  /** With this the id means one process; see `processStart`. */
  readonly start: string | null;
}

export interface LeaseTraces {
  readonly leaseIds: readonly string[];
  readonly workDir: string;
  /** Leaders of its runs: their ids are also those of their groups and sessions. */
  readonly leaders: readonly Leader[];
  /** Taken before the lease could start anything; undefined: look at all. */
  readonly since: PidMark | undefined;
}

export interface Found {
  readonly pids: readonly number[];
  /** Something was just turning into another program and could not be told; look again. */
  readonly isUnsure: boolean;
}

/** From here listing /proc is cheaper than asking for each id. */
const fewPids = 64;

/** Everything alive that carries a trace of the lease. Nothing where the system has no process table. */
export function findProcesses(traces: LeaseTraces, pidClock: PidClock): Found {
  const sessions = new Set(traces.leaders.filter(isNotRecycled).map(({ pid }) => pid));
  const pids: number[] = [];
  let isUnsure = false;
  for (const pid of candidates(traces.since, pidClock)) {
    const verdict = judge(pid, traces, sessions);
    if (verdict === 'ours') pids.push(pid);
    isUnsure ||= verdict === 'unsure';
  }
  return { pids, isUnsure };
}

/** A live process with the id of a leader and another start is a stranger, and so is its session. */
function isNotRecycled({ pid, start }: Leader): boolean {
  const alive = processStat(pid);
  return alive === undefined || alive.start === start;
}

function candidates(since: PidMark | undefined, pidClock: PidClock): readonly number[] {
  if (!hasProcessTable) return [];
  const range = since === undefined ? undefined : pidClock.since(since);
  if (range !== undefined && range.length <= fewPids) {
    return Array.from({ length: range.length }, (_, index) => (range.first + index) % range.size);
  }
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!Number.isInteger(pid)) return false;
      return range === undefined || (pid - range.first + range.size) % range.size < range.length;
    });
}

function judge(
  pid: number,
  traces: LeaseTraces,
  sessions: ReadonlySet<number>,
): 'ours' | 'unsure' | 'not ours' {
  if (pid <= 1 || pid === process.pid) return 'not ours';
  const environment = readProc(`/proc/${pid}/environ`);
  if (environment === undefined) return 'not ours';
  if (traces.leaseIds.some((leaseId) => hasMark(environment, leaseId))) return 'ours';
  const stat = processStat(pid);
  if (stat === undefined || stat.isKernelThread || stat.state === 'Z' || stat.state === 'X')
    return 'not ours';
  if (sessions.has(stat.session) || sessions.has(stat.group)) return 'ours';
  const isInWork = ['cwd', 'exe'].some((name) => isInside(linkOf(pid, name), traces.workDir));
  if (isInWork) return 'ours';
  return environment.length === 0 ? 'unsure' : 'not ours';
}

/** `environment` is `NAME=value`, each followed by NUL. */
export function hasMark(environment: Buffer, leaseId: string): boolean {
  for (const entry of marksOf(environment)) {
    if (entry.split(':').includes(leaseId)) return true;
  }
  return false;
}

function* marksOf(environment: Buffer): Generator<string> {
  for (const name of [leaseMark, outerLeaseMark]) {
    const wanted = `${name}=`;
    for (let at = environment.indexOf(wanted); at >= 0; at = environment.indexOf(wanted, at + 1)) {
      if (at > 0 && environment[at - 1] !== 0) continue;
      const end = environment.indexOf(0, at);
      yield environment.toString('latin1', at + wanted.length, end < 0 ? environment.length : end);
    }
  }
}

function linkOf(pid: number, name: string): string {
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    // Gone meanwhile, or not ours to look at.
    return '';
  }
}

function isInside(path: string, folder: string): boolean {
  // The system appends this to folders and programs that were removed.
  const real = path.endsWith(' (deleted)') ? path.slice(0, -' (deleted)'.length) : path;
  return real === folder || real.startsWith(folder + sep);
}
