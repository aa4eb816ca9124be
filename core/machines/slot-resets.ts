/** Between two leases: the machine removes what the last one left and proves it; only then is the slot free. */
import type { Clock } from '../../agent/kit/clock.ts';
import type { Log } from '../../agent/kit/log.ts';
import { toFarmError } from '../../agent/wire/farm-error.ts';
import type { FleetState } from './fleet.ts';
import type { OpenLease } from './lease.ts';
import type { MachineRecord, SlotRecord } from './record.ts';

/** A reset may have to kill and remove a lot; past this the slot counts as dirty and is tried again. */
const resetTimeoutMs = 120_000;

export interface SlotResets {
  giveBack(record: MachineRecord, slot: SlotRecord, lease: OpenLease): void;
  /** After a connect: the slot's leftovers, or a lease that the coordinator does not know, have to go. */
  reset(record: MachineRecord, slot: SlotRecord, leaseId: string): void;
  retryDirty(): void;
}

export function createSlotResets(
  deps: { readonly clock: Clock; readonly log: Log },
  state: FleetState,
): SlotResets {
  function reset(record: MachineRecord, slot: SlotRecord, leaseId: string): void {
    slot.leftover = leaseId;
    const { session } = record;
    if (session === null) {
      // The agent ends every lease that `welcome` does not keep, and `connected` asks for the proof.
      slot.state = 'resetting';
      slot.since = deps.clock.now();
      state.changed(record);
      return;
    }
    const wasDirty = slot.state === 'dirty';
    if (!wasDirty) {
      slot.state = 'resetting';
      slot.since = deps.clock.now();
      state.changed(record);
    }
    session.call('lease.end', { leaseId }, { timeoutMs: resetTimeoutMs }).then(
      () => {
        if (slot.leftover !== leaseId || slot.lease !== null) return;
        slot.leftover = null;
        slot.state = 'free';
        slot.since = deps.clock.now();
        if (wasDirty)
          state.history(record, 'slot-clean', `Slot ${record.slots.indexOf(slot)} was proven clean`);
        state.changed(record);
      },
      (error: unknown) => {
        const farmError = toFarmError(error);
        // A broken link says nothing about the slot; the next connection resets it.
        if (farmError.code === 'connection_lost' || slot.leftover !== leaseId) return;
        slot.state = 'dirty';
        if (!wasDirty) {
          slot.since = deps.clock.now();
          state.history(record, 'slot-dirty', `Slot ${record.slots.indexOf(slot)}: ${farmError.message}`);
        }
        state.changed(record);
      },
    );
  }

  return {
    reset,
    giveBack(record, slot, lease) {
      if (slot.lease !== lease) return;
      slot.lease = null;
      reset(record, slot, lease.id);
    },
    retryDirty() {
      for (const record of state.records.values()) {
        if (record.session === null) continue;
        for (const slot of record.slots) {
          if (slot.state === 'dirty' && slot.leftover !== null) reset(record, slot, slot.leftover);
        }
      }
    },
  };
}
