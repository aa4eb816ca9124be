import type { Clock } from '../../agent/kit/clock.ts';
import type { IdSource, Randomness } from '../../agent/kit/ids.ts';
import type { Log } from '../../agent/kit/log.ts';
import { FarmError, type FarmErrorJson, toFarmError } from '../../agent/wire/farm-error.ts';
import type { Tell } from '../facts/index.ts';
import type { AdmissionDeps } from './admission.ts';
import { createConnections } from './connections.ts';
import { createJoinTokens } from './join-tokens.ts';
import { createLease, machineLost } from './lease.ts';
import type { MachineStore } from './ports.ts';
import { bySortOrder, type MachineRecord, newRecord, slotOf, snapshotOf } from './record.ts';
import { createSlotResets } from './slot-resets.ts';
import type { Fleet, HeldLease, Machine, MachineEvent, MachineSnapshot } from './types.ts';

export interface FleetDeps {
  readonly store: MachineStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly randomness: Randomness;
  readonly log: Log;
  readonly tell: Tell;
  readonly verify: AdmissionDeps['verify'];
  readonly hash: AdmissionDeps['hash'];
  /** Read anew at each use, so that a reloaded configuration counts at once. */
  readonly policies: () => { readonly awayMs: number; readonly quarantineAfter: number };
  readonly version: string;
}

const touchEveryMs = 30_000;
const reliabilityWindowMs = 30 * 24 * 3_600_000;

/** What the files of this folder share: the records, and how a change becomes known. */
export interface FleetState {
  readonly records: Map<string, MachineRecord>;
  changed(record: MachineRecord): void;
  /** Notes a line of the machine's history; a failure to store it is logged and hurts nothing else. */
  history(record: MachineRecord, kind: MachineEvent['kind'], text: string): void;
}

export function createFleet(deps: FleetDeps): Fleet {
  const records = new Map<string, MachineRecord>();
  const listeners = new Set<(snapshot: MachineSnapshot) => void>();
  const log = deps.log.with({ part: 'machines' });

  const state: FleetState = {
    records,
    changed(record) {
      const snapshot = snapshotOf(record);
      for (const listener of listeners) listener(snapshot);
    },
    history(record, kind, text) {
      deps.tell({ type: 'machine-event', kind });
      log.info(`machine.${kind}`, { machine: record.machine.id, name: record.machine.name, text });
      deps.store
        .addEvents([{ machineId: record.machine.id, at: deps.clock.now(), kind, text }])
        .catch((error: unknown) =>
          log.error('machine.history-not-stored', { problem: toFarmError(error).message }),
        );
    },
  };
  const resets = createSlotResets(deps, state);
  const connections = createConnections(deps, state, resets);
  const joinTokens = createJoinTokens(deps);

  function recordOf(id: string): MachineRecord {
    const record = records.get(id);
    if (record !== undefined) return record;
    throw new FarmError('not_found', `No machine has the id "${id}"`, {
      blame: 'caller',
      details: { field: 'id' },
    });
  }

  function update(record: MachineRecord, change: Partial<Machine>): MachineSnapshot {
    record.machine = { ...record.machine, ...change };
    state.changed(record);
    return snapshotOf(record);
  }

  async function quarantine(id: string, reason: string, by: string): Promise<MachineSnapshot> {
    const record = recordOf(id);
    const mark = { since: deps.clock.now(), reason, by };
    await deps.store.setQuarantine({ machineId: id, quarantine: mark });
    state.history(record, 'quarantined', `${reason} (by ${by})`);
    return update(record, { quarantine: mark });
  }

  function hold(op: Parameters<Fleet['hold']>[0]): HeldLease {
    const record = recordOf(op.machineId);
    const slot = slotOf(record, op.slot);
    const lease = createLease({
      id: op.leaseId,
      machineId: op.machineId,
      slot: op.slot,
      holder: op.holder,
      begun: op.begun,
      session: record.session,
      onGiveBack: (ended) => resets.giveBack(record, slot, ended),
    });
    slot.state = 'busy';
    slot.lease = lease;
    slot.since = op.since;
    // After a restart the machine has to come back within the same time as after a broken link.
    if (record.session === null)
      connections.expectBack(record, 'it has not come back since the coordinator started');
    state.changed(record);
    return lease;
  }

  function recordOutcome(op: { machineId: string; builder: string; failure: FarmErrorJson | null }): void {
    const record = records.get(op.machineId);
    if (record === undefined) return;
    const { attempts, infrastructureFailures } = record.reliability;
    record.reliability = {
      attempts: attempts + 1,
      infrastructureFailures: infrastructureFailures + (op.failure === null ? 0 : 1),
    };
    if (op.failure === null) record.failures = [];
    else if (op.failure.blame === 'machine') record.failures.push(op.builder);
    const limit = deps.policies().quarantineAfter;
    if (limit === 0 || record.failures.length < limit || record.machine.quarantine !== null) {
      state.changed(record);
      return;
    }
    const reason = `${record.failures.length} attempts in a row failed because of this machine; the last: ${op.failure?.message ?? ''}`;
    record.failures = [];
    quarantine(op.machineId, reason, 'farm').catch((error: unknown) =>
      log.error('machine.quarantine-not-stored', {
        machine: op.machineId,
        problem: toFarmError(error).message,
      }),
    );
  }

  async function loadReliability(): Promise<void> {
    const found = await deps.store.reliability(deps.clock.now() - reliabilityWindowMs);
    for (const record of records.values()) {
      record.reliability = found.get(record.machine.id) ?? { attempts: 0, infrastructureFailures: 0 };
    }
  }

  /** Only what is shown of an absent machine depends on it, so a store that fails must not end the loop. */
  async function touch(machineIds: readonly string[], at: number): Promise<void> {
    try {
      await deps.store.touch({ machineIds, at });
    } catch (error) {
      log.warn('machine.times-not-stored', { problem: toFarmError(error).message });
    }
  }

  return {
    list: () => [...records.values()].map(snapshotOf).sort(bySortOrder),
    get: (id) => {
      const record = records.get(id);
      return record === undefined ? null : snapshotOf(record);
    },
    history: (id, limit) => deps.store.events({ machineId: recordOf(id).machine.id, limit }),
    accept: connections.accept,
    ...joinTokens,
    hold,
    recordOutcome,
    quarantine,
    async release(id, by) {
      const record = recordOf(id);
      await deps.store.setQuarantine({ machineId: id, quarantine: null });
      record.failures = [];
      state.history(record, 'released', `Released from quarantine by ${by}`);
      return update(record, { quarantine: null });
    },
    async setDraining(id, draining, by) {
      const record = recordOf(id);
      await deps.store.setDraining({ machineId: id, draining });
      state.history(
        record,
        draining ? 'draining' : 'undrained',
        `${draining ? 'Drained' : 'Put back to work'} by ${by}`,
      );
      return update(record, { draining });
    },
    async revoke(id, by) {
      const record = recordOf(id);
      const at = deps.clock.now();
      await deps.store.revoke({ machineId: id, at });
      state.history(record, 'revoked', `Key revoked by ${by}`);
      const error = new FarmError(
        'machine_revoked',
        `The key of machine "${record.machine.name}" was revoked`,
        {
          blame: 'caller',
        },
      );
      record.session?.close(error);
      for (const slot of record.slots)
        slot.lease?.lose(machineLost(record.machine.name, `its key was revoked by ${by}`));
      return update(record, { revokedAt: at });
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async start() {
      for (const machine of await deps.store.machines()) {
        records.set(machine.id, newRecord(machine, { attempts: 0, infrastructureFailures: 0 }));
      }
      await loadReliability();
    },
    async run(signal) {
      while (!signal.aborted) {
        try {
          await deps.clock.sleep(touchEveryMs, signal);
        } catch (error) {
          if (!signal.aborted) throw error;
          break;
        }
        const here = [...records.values()].filter((record) => record.session !== null);
        const at = deps.clock.now();
        for (const record of here) record.machine = { ...record.machine, lastSeenAt: at };
        await touch(
          here.map((record) => record.machine.id),
          at,
        );
        resets.retryDirty();
      }
      connections.sayGoodbye();
    },
  };
}
