/**
 * A cgroup per slot, where the system lets us have one (Linux, cgroup v2, our own subtree writable): the only way to take a process
 * that left no trace. Everything works without it.
 */

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readProc } from '../platform/process-table.ts';

export interface SlotCgroup {
  /** Where a process is to be born; made anew after a kill. Undefined while what was killed is still being taken away. */
  freshFolder(): string | undefined;
  /** Process ids in it. */
  members(): readonly number[];
  /** SIGKILL to all of it at once; nobody can fork away from it. */
  kill(): void;
}

export interface Cgroups {
  slot(index: number): SlotCgroup;
  /** Removes them; those that still have members stay for the next agent. */
  close(): void;
}

/** Undefined when there is no cgroup v2 that we may use. `agentFolder` names ours, so that the next agent finds the same. */
export function openCgroups(agentFolder: string): Cgroups | undefined {
  const parent = ownCgroup();
  if (parent === undefined) return undefined;
  const root = join(parent, `croft-${createHash('sha256').update(agentFolder).digest('hex').slice(0, 12)}`);
  const slots = new Map<number, SlotCgroup>();
  try {
    mkdirSync(root, { recursive: true });
    readFileSync(join(root, 'cgroup.procs'));
    // A kernel before 5.14 has no `cgroup.kill`.
    if (!readdirSync(root).includes('cgroup.kill')) throw new Error('No cgroup.kill');
    for (const name of readdirSync(root)) {
      if (!name.startsWith('slot-')) continue;
      const slot = openSlot(join(root, name));
      slot.kill();
      slots.set(Number(name.slice('slot-'.length)), slot);
    }
  } catch {
    // Read-only, not delegated to us, or too old: then there are none.
    return undefined;
  }
  return {
    slot(index) {
      let slot = slots.get(index);
      if (slot === undefined) {
        slot = openSlot(join(root, `slot-${index}`));
        slots.set(index, slot);
      }
      return slot;
    },
    close() {
      for (const index of slots.keys()) removeIfEmpty(join(root, `slot-${index}`));
      removeIfEmpty(root);
    },
  };
}

function openSlot(path: string): SlotCgroup {
  mkdirSync(path, { recursive: true });
  const procs = join(path, 'cgroup.procs');
  let wasKilled = false;
  return {
    freshFolder() {
      // Linux 6.18 kills whatever is started right into a cgroup that was killed before, however long ago.
      if (!wasKilled) return path;
      if (!removeIfEmpty(path)) return undefined;
      mkdirSync(path);
      wasKilled = false;
      return path;
    },
    members: () => readFileSync(procs, 'latin1').split('\n').filter(Boolean).map(Number),
    kill() {
      wasKilled = true;
      writeFileSync(join(path, 'cgroup.kill'), '1');
    },
  };
}

/** Where this process is in the v2 hierarchy, as a folder. */
function ownCgroup(): string | undefined {
  const path = readProc('/proc/self/cgroup')
    ?.toString('utf8')
    .split('\n')
    .find((line) => line.startsWith('0::'))
    ?.slice(3);
  const mount = readProc('/proc/self/mountinfo')
    ?.toString('utf8')
    .split('\n')
    .find((line) => line.includes(' - cgroup2 '))
    ?.split(' ')[4];
  return path === undefined || mount === undefined ? undefined : join(mount, path);
}

/** False while it has members: the next agent on this folder ends them. */
function removeIfEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    return false;
  }
}
