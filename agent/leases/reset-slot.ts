/** The end of a lease: nothing of it runs, nothing of it is left on the disk, and both were looked at. */
import { mkdirSync } from 'node:fs';
import { createPace } from '../files/pace.ts';
import { emptyFolder } from '../files/remove-tree.ts';
import type { Clock } from '../kit/clock.ts';
import type { Spawn } from '../platform/process.ts';
import { signalProcess } from '../platform/signals.ts';
import type { Run } from '../runs/run.ts';
import { FarmError } from '../wire/farm-error.ts';
import type { SlotCgroup } from './cgroup.ts';
import { clearAttributes, mountsBelow, unmount } from './mounts.ts';
import type { PidClock } from './pid-clock.ts';
import { findProcesses, type LeaseTraces } from './process-scan.ts';

export interface ResetDeps {
  readonly clock: Clock;
  readonly pidClock: PidClock;
  readonly spawn: Spawn;
  readonly pause: () => Promise<void>;
}

/** Processes that are still there after this long hang in the kernel. */
const killPatienceMs = 10_000;
/** How often an unsure look is repeated. */
const unsureLooks = 3;

/**
 * Kills until nothing is found any more; gives how many were killed. Rejects with `slot_dirty` when something does not die.
 */
export async function killAll(
  deps: ResetDeps,
  lease: {
    readonly traces: LeaseTraces;
    readonly runs: readonly Run[];
    readonly cgroup: SlotCgroup | undefined;
  },
): Promise<number> {
  const killed = new Set<number>();
  const deadline = deps.clock.monotonic() + killPatienceMs;
  for (const { exit, leader, signal } of lease.runs) {
    if (exit === null && signal('SIGKILL') && leader !== undefined) killed.add(leader.pid);
  }
  for (let look = 0; ; look++) {
    const members = lease.cgroup?.members() ?? [];
    const found = findProcesses(lease.traces, deps.pidClock);
    const victims = new Set([...members, ...found.pids]);
    if (victims.size === 0 && !(found.isUnsure && look < unsureLooks)) return killed.size;
    if (deps.clock.monotonic() > deadline) throw undying([...victims]);
    if (members.length > 0) lease.cgroup?.kill();
    for (const pid of found.pids) signalProcess(pid, 'SIGKILL');
    for (const pid of victims) killed.add(pid);
    await deps.clock.sleep(Math.min(look, 20));
  }
}

/** Leaves the entries `keep` alone. Gives how many were removed. Rejects with `slot_dirty` naming what is left. */
export async function emptyWorkFolder(
  deps: ResetDeps,
  workDir: string,
  keep: readonly string[] = [],
): Promise<number> {
  const mounts = mountsBelow(workDir);
  if (mounts.length > 0) {
    await unmount(mounts, deps.spawn);
    const [still] = mountsBelow(workDir);
    if (still !== undefined) throw dirty(`${still} is still mounted`);
  }
  const pace = createPace(deps.clock, deps.pause);
  try {
    mkdirSync(workDir, { recursive: true });
    return await emptyFolder(workDir, pace, keep);
  } catch (error) {
    if (!isNotPermitted(error) || process.getuid?.() !== 0) throw dirty(String(error), error);
  }
  await clearAttributes(workDir, deps.spawn);
  try {
    return await emptyFolder(workDir, pace, keep);
  } catch (error) {
    throw dirty(String(error), error);
  }
}

function isNotPermitted(error: unknown): boolean {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code === 'EPERM' || code === 'EACCES';
}

function undying(pids: readonly number[]): FarmError {
  return dirty(`Processes ${pids.slice(0, 20).join(', ')} do not die`);
}

function dirty(problem: string, cause?: unknown): FarmError {
  return new FarmError('slot_dirty', `The slot cannot be proven clean: ${problem}`, {
    blame: 'machine',
    retry: 'elsewhere',
    cause,
  });
}
