/** Machines and their slots, as events tell of them. Events may come in any order: a slot may be used before its machine is heard of. */
import { compareText, insertSorted, removeSorted } from './sorted.ts';
import { type FarmState, type Host, hostNamed, type Machine, type SlotUse, touch } from './state.ts';
import type { MachineView } from './types.ts';

const freeSlot: SlotUse = { occupant: null, hold: null };

export function useOf(machine: Machine, slot: number): SlotUse {
  return machine.uses.get(slot) ?? freeSlot;
}

/** Slots that are in use or held, of those that the machine has now. */
export function busySlots(machine: Machine): number {
  const slots = machine.view?.slots ?? 0;
  let busy = 0;
  for (const slot of machine.uses.keys()) if (slot < slots) busy++;
  return busy;
}

/** The free slots of a machine that is ready, lowest first. */
export function* freeSlots(machine: Machine): Generator<number> {
  if (machine.view?.availability !== 'ready') return;
  for (let slot = 0; slot < machine.view.slots; slot++) if (!machine.uses.has(slot)) yield slot;
}

/** The least busy first, so that load spreads. */
export function byLoad(a: Machine, b: Machine): number {
  return busySlots(a) - busySlots(b) || compareText(a.id, b.id);
}

export function machineWithId(state: FarmState, id: string): Machine {
  const machine = state.machines.get(id) ?? {
    id,
    view: null,
    host: null,
    uses: new Map(),
    endedAt: new Map(),
  };
  state.machines.set(id, machine);
  return machine;
}

/** Changes a machine while it stands in no order that the change could upset. */
function changeMachine(state: FarmState, machine: Machine, at: number, change: () => void): void {
  const before = machine.host;
  if (before !== null) removeSorted(before.open, machine, byLoad);
  change();
  const after = machine.host;
  if (after !== null && !freeSlots(machine).next().done) insertSorted(after.open, machine, byLoad);
  if (before !== null && before !== after) touch(state, before, at);
  if (after !== null) touch(state, after, at);
}

export function setUse(state: FarmState, machine: Machine, slot: number, use: SlotUse, at: number): void {
  changeMachine(state, machine, at, () => {
    if (use.occupant === null && use.hold === null) machine.uses.delete(slot);
    else machine.uses.set(slot, use);
  });
}

export function setView(state: FarmState, view: MachineView, at: number): void {
  const machine = machineWithId(state, view.id);
  changeMachine(state, machine, at, () => {
    machine.view = view;
    moveTo(machine, hostNamed(state, view.hostType));
  });
}

/** The machine leaves; what ran on it has to be released before. */
export function dropMachine(state: FarmState, machine: Machine, at: number): void {
  changeMachine(state, machine, at, () => {
    moveTo(machine, null);
    machine.view = null;
  });
  state.machines.delete(machine.id);
}

function moveTo(machine: Machine, host: Host | null): void {
  if (machine.host === host) return;
  machine.host?.machines.delete(machine.id);
  host?.machines.set(machine.id, machine);
  machine.host = host;
}
