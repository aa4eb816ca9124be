/** One agent per folder: a file with the id of the process that works here. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Randomness } from './kit/ids.ts';
import { processStart } from './platform/process-table.ts';
import { isAlive } from './platform/signals.ts';
import { FarmError } from './wire/farm-error.ts';

export interface Lock {
  release(): void;
}

interface Holder {
  readonly pid: number;
  readonly start: string | null;
}

/** Throws `conflict` naming the process when another agent has the folder. A lock whose process is gone is taken over. */
export function takeLock(path: string, randomness: Randomness): Lock {
  const mark = Buffer.from(randomness.bytes(8)).toString('hex');
  const own = `${path}.${mark}`;
  writeFileSync(own, JSON.stringify({ pid: process.pid, start: processStart(process.pid) }), { mode: 0o600 });
  try {
    // A link is made only where nothing is, and is whole from its first moment on.
    while (!tryLink(own, path)) {
      const holder = readHolder(path);
      if (holder !== undefined && isRunning(holder)) {
        throw new FarmError(
          'conflict',
          `Another agent (process ${holder.pid}) works in this folder; give this one its own with --dir`,
          { blame: 'caller' },
        );
      }
      takeAway(path, `${own}.old`, holder);
    }
  } finally {
    rmSync(own, { force: true });
  }
  return { release: () => rmSync(path, { force: true }) };
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Of two agents that find the same old lock, one must not take away the lock that the other has just made. */
function takeAway(path: string, aside: string, judged: Holder | undefined): void {
  try {
    renameSync(path, aside);
  } catch {
    // The other one was faster; the next look shows who it is.
    return;
  }
  const taken = readHolder(aside);
  if (taken?.pid !== judged?.pid || taken?.start !== judged?.start) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function readHolder(path: string): Holder | undefined {
  try {
    const { pid, start } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return typeof pid === 'number' ? { pid, start: start ?? null } : undefined;
  } catch {
    // Gone meanwhile, or not ours: whoever wrote it does not work here.
    return undefined;
  }
}

function isRunning({ pid, start }: Holder): boolean {
  if (pid === process.pid) return false;
  if (start !== null) return processStart(pid) === start;
  return isAlive(pid);
}
