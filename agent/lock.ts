/**
 * One agent per folder: a link to nothing whose target says which process works here. Made in one step where nothing is, and whole
 * from its first moment on, also on a disk that is full.
 */
import { readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import type { Randomness } from './kit/ids.ts';
import { processStart } from './platform/process-table.ts';
import { isAlive } from './platform/signals.ts';
import { FarmError } from './wire/farm-error.ts';

export interface Lock {
  release(): void;
}

/** Throws `conflict` naming the process when another agent has the folder. A lock whose process is gone is taken over. */
export function takeLock(path: string, randomness: Randomness): Lock {
  while (!tryLock(path, `${process.pid} ${processStart(process.pid) ?? ''}`)) {
    const holder = readHolder(path);
    if (holder !== undefined && isRunning(holder)) {
      throw new FarmError(
        'conflict',
        `Another agent (process ${holder.split(' ')[0]}) works in this folder; give this one its own with --dir`,
        { blame: 'caller' },
      );
    }
    takeAway(path, `${path}.${Buffer.from(randomness.bytes(8)).toString('hex')}`, holder);
  }
  return { release: () => rmSync(path, { force: true }) };
}

function tryLock(path: string, holder: string): boolean {
  try {
    symlinkSync(holder, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Of two agents that find the same old lock, one must not take away the lock that the other has just made. */
function takeAway(path: string, aside: string, judged: string | undefined): void {
  try {
    renameSync(path, aside);
  } catch {
    // The other one was faster; the next look shows who it is.
    return;
  }
  const taken = readHolder(aside);
  if (taken !== undefined && taken !== judged) tryLock(path, taken);
  rmSync(aside, { recursive: true, force: true });
}

function readHolder(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // Gone meanwhile, or no lock of ours: whoever made it does not work here.
    return undefined;
  }
}

function isRunning(holder: string): boolean {
  const [pid = '', start = ''] = holder.split(' ');
  if (!/^[1-9]\d*$/.test(pid) || Number(pid) === process.pid) return false;
  return start === '' ? isAlive(Number(pid)) : processStart(Number(pid)) === start;
}
