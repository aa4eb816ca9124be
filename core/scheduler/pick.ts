/** What goes where next. All of it reads the state and changes nothing that an answer depends on. */
import { nextWakeAt, usableOn } from './eligibility.ts';
import type { HostView } from './host-queue.ts';
import { busySlots, freeSlots } from './machines.ts';
import { reasonOf } from './reasons.ts';
import { compareText, insertSorted } from './sorted.ts';
import type { FarmState, Host, Machine } from './state.ts';
import type { Placement } from './types.ts';

/** The best waiting task for the lowest free slot of a machine; null when it has none, or nothing may start there. */
export function pickFor(state: FarmState, machineId: string, now: number): Placement | null {
  const machine = state.machines.get(machineId);
  const host = machine?.host;
  if (!machine || !host || !state.open.has(host)) return null;
  const slot = freeSlots(machine).next();
  if (slot.done === true) return null;
  return placeOne(host.queue.view(), host, machine, slot.value, now).placement;
}

/** One placement for each free slot that may get work, as if each were started in turn. */
export function placeAll(state: FarmState, now: number): readonly Placement[] {
  const placements: Placement[] = [];
  for (const host of state.open) {
    if (host.idle?.version === host.version && now < host.idle.until && now >= host.idle.from) continue;
    const before = placements.length;
    placeOnHost(host, now, placements);
    if (placements.length > before) continue;
    host.idle = {
      version: host.version,
      from: now,
      until: nextWakeAt(state, now) ?? Number.POSITIVE_INFINITY,
    };
  }
  return placements;
}

function placeOnHost(host: Host, now: number, placements: Placement[]): void {
  const view = host.queue.view();
  for (const { machine, slot } of slotsInTurn(host.open)) {
    const { placement, refused } = placeOne(view, host, machine, slot, now);
    if (placement !== null) placements.push(placement);
    // Nothing may start anywhere unless only this machine stood against it.
    else if (!refused) return;
  }
}

function placeOne(
  view: HostView,
  host: Host,
  machine: Machine,
  slot: number,
  now: number,
): { readonly placement: Placement | null; readonly refused: boolean } {
  let refused = false;
  const usable = usableOn(machine, host, now, () => {
    refused = true;
  });
  const taken = view.take(usable);
  if (taken === null) return { placement: null, refused };
  const reason = reasonOf(taken.task, taken.rule);
  return { placement: { taskId: taken.task.id, machineId: machine.id, slot, reason }, refused };
}

interface Seat {
  readonly machine: Machine;
  readonly free: readonly number[];
  /** How many of the free slots were given out, and how many slots are busy with them. */
  given: number;
  busy: number;
}

/** All free slots, each time one of the machine that is least busy by then. */
function* slotsInTurn(
  open: readonly Machine[],
): Generator<{ readonly machine: Machine; readonly slot: number }> {
  const again: Seat[] = [];
  let next = 0;
  for (;;) {
    const fresh = open[next];
    const first = again[0];
    const isFresh = fresh !== undefined && (!first || bySeatLoad(seatOf(fresh), first) < 0);
    const seat = isFresh ? seatOf(fresh) : again.shift();
    if (seat === undefined) return;
    if (isFresh) next++;
    yield { machine: seat.machine, slot: seat.free[seat.given] as number };
    seat.given++;
    seat.busy++;
    if (seat.given < seat.free.length) insertSorted(again, seat, bySeatLoad);
  }
}

function seatOf(machine: Machine): Seat {
  return { machine, free: [...freeSlots(machine)], given: 0, busy: busySlots(machine) };
}

function bySeatLoad(a: Seat, b: Seat): number {
  return a.busy - b.busy || compareText(a.machine.id, b.machine.id);
}
