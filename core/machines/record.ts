/** One machine in the memory of the running coordinator, and the pure views of it. */
import type { Timer } from '../../agent/kit/clock.ts';
import type { MachineStatus } from '../../agent/wire/protocol.ts';
import type { Session } from '../../agent/wire/session.ts';
import type { OpenLease } from './lease.ts';
import type { Machine, MachineSnapshot, Reliability, SlotView } from './types.ts';

export interface SlotRecord {
  state: SlotView['state'];
  lease: OpenLease | null;
  since: number | null;
  /** The lease whose leftovers are still there; the slot is not free before they are gone. */
  leftover: string | null;
}

export interface MachineRecord {
  machine: Machine;
  session: Session | null;
  /** Told on its way out that it takes no more leases. */
  leaving: boolean;
  since: number;
  remote: string | null;
  status: MachineStatus | null;
  note: string | null;
  readonly slots: SlotRecord[];
  awayTimer: Timer | null;
  reliability: Reliability;
  /** Builders whose attempts failed here in a row for reasons of the machine. */
  failures: string[];
}

function freeSlot(): SlotRecord {
  return { state: 'free', lease: null, since: null, leftover: null };
}

export function newRecord(machine: Machine, reliability: Reliability): MachineRecord {
  return {
    machine,
    session: null,
    leaving: false,
    since: machine.lastSeenAt,
    remote: null,
    status: null,
    note: 'It has not connected since the coordinator started',
    slots: Array.from({ length: machine.slots }, freeSlot),
    awayTimer: null,
    reliability,
    failures: [],
  };
}

/** The agent may come back with another number of slots; held ones are never dropped. */
export function resizeSlots(record: MachineRecord, count: number): void {
  while (record.slots.length < count) record.slots.push(freeSlot());
  while (record.slots.length > count && record.slots.at(-1)?.lease === null) record.slots.pop();
}

/** Grows when a lease from before a restart stands in a slot that the machine no longer offers. */
export function slotOf(record: MachineRecord, slot: number): SlotRecord {
  resizeSlots(record, Math.max(record.slots.length, slot + 1));
  const found = record.slots[slot];
  if (found === undefined) throw new RangeError(`slot ${slot} of ${record.machine.id}`);
  return found;
}

export function snapshotOf(record: MachineRecord): MachineSnapshot {
  return {
    machine: record.machine,
    presence: {
      connected: record.session !== null,
      since: record.since,
      remote: record.remote,
      status: record.status,
      note: record.leaving ? 'The agent is going down and takes no more work' : record.note,
    },
    slots: record.slots.map((slot, index) => ({
      slot: index,
      state: slot.state,
      holder: slot.lease?.holder ?? null,
      since: slot.since,
    })),
    reliability: record.reliability,
  };
}

export function bySortOrder(a: MachineSnapshot, b: MachineSnapshot): number {
  return (
    a.machine.hostType.localeCompare(b.machine.hostType) ||
    a.machine.name.localeCompare(b.machine.name) ||
    a.machine.id.localeCompare(b.machine.id)
  );
}
