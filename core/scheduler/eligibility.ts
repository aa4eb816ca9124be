/** Which machine may take which task. */
import type { Usable } from './queues.ts';
import { firstIndex } from './sorted.ts';
import type { FarmState, Host, Machine } from './state.ts';
import type { Task } from './types.ts';

/** A machine that went away is expected back for this long; after that nothing waits for it any more. */
export const expectedBackMs = 15 * 60_000;

/** What a machine may take at `now`; calls `refused` when only the machine stood against a task. */
export function usableOn(machine: Machine, host: Host, now: number, refused: () => void): Usable {
  return (task) => {
    if (task.notBefore > now) return false;
    if (!avoids(task, machine.id, host, now)) return true;
    refused();
    return false;
  };
}

/** Whether a task leaves this machine alone: it failed there before, and another can serve it. */
export function avoids(task: Task, machineId: string, host: Host, now: number): boolean {
  if (!task.avoid.includes(machineId)) return false;
  for (const other of host.machines.values()) {
    if (!task.avoid.includes(other.id) && mayServe(other, now)) return true;
  }
  return false;
}

function mayServe({ view }: Machine, now: number): boolean {
  if (view === null || view.slots === 0) return false;
  if (view.availability === 'ready') return true;
  return view.availability === 'away' && view.since + expectedBackMs > now;
}

/**
 * The next time after `now` at which the passing of time alone lets something start: the end of a pause, or that a machine for
 * which work waits is given up. Null when there is none.
 */
export function nextWakeAt(state: FarmState, now: number): number | null {
  const paused = state.pauses[firstIndex(state.pauses, (task) => task.notBefore > now)];
  let next = paused?.notBefore ?? Number.POSITIVE_INFINITY;
  for (const host of state.pickyHosts) {
    for (const { view } of host.machines.values()) {
      if (view?.availability !== 'away') continue;
      const givenUpAt = view.since + expectedBackMs;
      if (givenUpAt > now) next = Math.min(next, givenUpAt);
    }
  }
  return Number.isFinite(next) ? next : null;
}
