/** Agents come and go: the handshake, the one live session of a machine, and the patience with one that is away. */

import { FarmError, toFarmError } from '../../agent/wire/farm-error.ts';
import { coordinatorHandshake } from '../../agent/wire/handshake.ts';
import { heartbeat } from '../../agent/wire/limits.ts';
import type { Hello, Welcome } from '../../agent/wire/protocol.ts';
import type { Session } from '../../agent/wire/session.ts';
import { createSession } from '../../agent/wire/session-core.ts';
import type { Transport } from '../../agent/wire/transport.ts';
import { type Admitted, admit } from './admission.ts';
import type { FleetDeps, FleetState } from './fleet.ts';
import { machineLost } from './lease.ts';
import { type MachineRecord, newRecord, resizeSlots } from './record.ts';
import type { SlotResets } from './slot-resets.ts';

export interface Connections {
  /** Resolves when the agent was let in or refused; never rejects. */
  accept(transport: Transport, remote: string): Promise<void>;
  /** Gives the machine's leases up unless it is back in time. */
  expectBack(record: MachineRecord, why: string): void;
  /** Tells every agent that the coordinator goes down on purpose. */
  sayGoodbye(): void;
}

/** What agents are told to wait before they dial a coordinator that goes down on purpose. */
const restartAfterMs = 1_000;

export function createConnections(deps: FleetDeps, state: FleetState, resets: SlotResets): Connections {
  const log = deps.log.with({ part: 'machines' });

  function expectBack(record: MachineRecord, why: string): void {
    if (record.awayTimer !== null) return;
    record.awayTimer = deps.clock.after(deps.policies().awayMs, () => {
      record.awayTimer = null;
      const held = record.slots.filter((slot) => slot.lease !== null);
      if (held.length === 0) return;
      state.history(record, 'lost-work', `Gave up ${held.length} leases: ${why}`);
      for (const slot of held) slot.lease?.lose(machineLost(record.machine.name, why));
    });
  }

  function disconnected(record: MachineRecord, session: Session, reason: FarmError): void {
    if (record.session !== session) return;
    record.session = null;
    record.leaving = false;
    record.since = deps.clock.now();
    record.remote = null;
    record.note = `It is not connected: ${reason.message}`;
    for (const slot of record.slots) slot.lease?.connected(null);
    state.history(record, 'disconnected', reason.message);
    if (record.slots.some((slot) => slot.lease !== null))
      expectBack(record, `it is not connected (${reason.message})`);
    state.changed(record);
  }

  /** Leases that the machine was known to have and that its hello does not name are gone with the agent that held them. */
  function settleLeases(record: MachineRecord, hello: Hello): readonly string[] {
    const reported = new Set(hello.leases.map((lease) => lease.leaseId));
    const kept: string[] = [];
    for (const slot of record.slots) {
      const { lease } = slot;
      if (lease === null || lease.lost.aborted) continue;
      if (reported.has(lease.id)) {
        kept.push(lease.id);
        lease.markBegun();
      } else if (lease.begun) {
        lease.lose(machineLost(record.machine.name, 'its agent was restarted and lost what ran'));
      }
    }
    return kept;
  }

  function connected(record: MachineRecord, session: Session, hello: Hello, kept: readonly string[]): void {
    record.session = session;
    record.since = deps.clock.now();
    record.note = null;
    record.status = hello.status;
    record.awayTimer?.cancel();
    record.awayTimer = null;
    resizeSlots(record, hello.slots);
    for (const { leaseId, slot } of hello.leases) {
      const place = record.slots[slot];
      if (!kept.includes(leaseId) && place !== undefined && place.lease === null)
        resets.reset(record, place, leaseId);
    }
    for (const slot of record.slots) {
      slot.lease?.connected(session);
      if (slot.lease === null && slot.leftover !== null) resets.reset(record, slot, slot.leftover);
    }
    state.history(record, 'connected', `Connected from ${record.remote ?? 'an address that is not known'}`);
    state.changed(record);
  }

  /** The newer connection of a machine wins: the older one is most often half-open and already dead. */
  function replaceOlder(record: MachineRecord): void {
    const older = record.session;
    if (older === null) return;
    const error = new FarmError(
      'conflict',
      `Machine "${record.machine.name}" connected anew; this older link is closed`,
      {
        blame: 'machine',
        retry: { afterMs: 60_000 },
      },
    );
    older.close(error);
    disconnected(record, older, error);
  }

  function recordFor(admitted: Admitted): MachineRecord {
    const known = state.records.get(admitted.machine.id);
    if (known === undefined) {
      const record = newRecord(admitted.machine, { attempts: 0, infrastructureFailures: 0 });
      state.records.set(admitted.machine.id, record);
      if (admitted.joined) state.history(record, 'joined', `Joined as ${admitted.machine.hostType}`);
      return record;
    }
    const { name, slots, platform, lastSeenAt } = admitted.machine;
    known.machine = { ...known.machine, name, slots, platform, lastSeenAt };
    return known;
  }

  async function welcome(transport: Transport, remote: string): Promise<void> {
    let admitted: { readonly record: MachineRecord; readonly kept: readonly string[] } | undefined;
    const { hello, transport: rest } = await coordinatorHandshake(transport, {
      clock: deps.clock,
      randomness: deps.randomness,
      version: deps.version,
      async admit(helloNow: Hello, nonce: string): Promise<Welcome> {
        const record = recordFor(await admit(deps, helloNow, nonce));
        replaceOlder(record);
        const kept = settleLeases(record, helloNow);
        admitted = { record, kept };
        const { id: machineId, hostType } = record.machine;
        return {
          type: 'welcome',
          protocol: 1,
          machineId,
          hostType,
          heartbeatMs: heartbeat.intervalMs,
          keepLeases: [...kept],
        };
      },
    });
    if (admitted === undefined) return;
    const { record, kept } = admitted;
    // Two dials of one machine may overtake each other between their admission and here.
    replaceOlder(record);
    record.remote = remote;
    const session = createSession(rest, {
      clock: deps.clock,
      role: 'coordinator',
      heartbeatMs: heartbeat.intervalMs,
      log,
      notices: {
        'machine.status': (status) => {
          record.status = status;
          state.changed(record);
        },
        'agent.draining': () => {
          record.leaving = true;
          state.changed(record);
        },
      },
    });
    session.closed.then(
      (reason) => disconnected(record, session, reason),
      (error: unknown) => disconnected(record, session, toFarmError(error)),
    );
    connected(record, session, hello, kept);
  }

  return {
    accept(transport, remote) {
      return welcome(transport, remote).catch((error: unknown) => {
        const { code, message } = toFarmError(error);
        log.warn('machine.refused', { remote, code, message });
      });
    },
    expectBack,
    sayGoodbye() {
      const error = new FarmError('shutting_down', 'The coordinator goes down and comes back', {
        blame: 'farm',
        retry: { afterMs: restartAfterMs },
      });
      for (const record of state.records.values()) {
        record.session?.notify('coordinator.restarting', { afterMs: restartAfterMs });
        record.session?.close(error);
      }
    },
  };
}
