/** Tells the scheduler about machines and about slots that something other than a task holds. */
import type { MachineSnapshot } from '../machines/types.ts';
import type { MachineAvailability, SchedulerEvent } from '../scheduler/types.ts';

export function createMachineFeed(
  apply: (event: SchedulerEvent) => void,
  now: () => number,
): (snapshot: MachineSnapshot) => void {
  /** Machine id to the notes of its held slots, as the scheduler knows them. */
  const held = new Map<string, Map<number, string>>();
  const known = new Map<string, string>();

  return (snapshot) => {
    const { machine } = snapshot;
    if (machine.revokedAt !== null) {
      if (known.delete(machine.id)) apply({ type: 'machine-removed', at: now(), machineId: machine.id });
      held.delete(machine.id);
      return;
    }
    const { availability, note, since } = availabilityOf(snapshot);
    const view = {
      id: machine.id,
      name: machine.name,
      hostType: machine.hostType,
      slots: snapshot.slots.length,
      availability,
      note,
      since,
    };
    const fingerprint = JSON.stringify(view);
    if (known.get(machine.id) !== fingerprint) {
      known.set(machine.id, fingerprint);
      apply({ type: 'machine', at: now(), machine: view });
    }
    const notes = held.get(machine.id) ?? new Map<number, string>();
    held.set(machine.id, notes);
    for (const { slot, state } of snapshot.slots) {
      const slotNote =
        state === 'resetting' ? 'is being cleaned' : state === 'dirty' ? 'could not be proven clean' : null;
      if (slotNote === (notes.get(slot) ?? null)) continue;
      if (slotNote === null) {
        notes.delete(slot);
        apply({ type: 'slot-free', at: now(), machineId: machine.id, slot });
      } else {
        notes.set(slot, slotNote);
        apply({ type: 'slot-held', at: now(), machineId: machine.id, slot, note: slotNote });
      }
    }
  };
}

function availabilityOf(snapshot: MachineSnapshot): {
  availability: MachineAvailability;
  note: string | null;
  since: number;
} {
  const { machine, presence } = snapshot;
  if (machine.quarantine !== null) {
    return { availability: 'quarantined', note: machine.quarantine.reason, since: machine.quarantine.since };
  }
  if (!presence.connected) return { availability: 'away', note: presence.note, since: presence.since };
  if (machine.draining) return { availability: 'draining', note: 'drained by hand', since: presence.since };
  if (presence.note !== null) return { availability: 'draining', note: presence.note, since: presence.since };
  return { availability: 'ready', note: null, since: presence.since };
}
