import type { FarmErrorJson } from '../../agent/wire/farm-error.ts';
import type { MachineStatus, Platform } from '../../agent/wire/protocol.ts';
import type { Session } from '../../agent/wire/session.ts';
import type { Transport } from '../../agent/wire/transport.ts';

export interface Quarantine {
  readonly since: number;
  readonly reason: string;
  /** A person, or `farm`. */
  readonly by: string;
}

/** A machine as stored: identity and what people decided about it. */
export interface Machine {
  readonly id: string;
  readonly name: string;
  readonly hostType: string;
  /** Raw Ed25519 public key, base64. */
  readonly publicKey: string;
  readonly slots: number;
  readonly platform: Platform;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly draining: boolean;
  readonly quarantine: Quarantine | null;
  readonly revokedAt: number | null;
}

/** What only the running coordinator knows. */
export interface Presence {
  readonly connected: boolean;
  readonly since: number;
  readonly remote: string | null;
  readonly status: MachineStatus | null;
  /** Why it is not connected, in words. */
  readonly note: string | null;
}

export interface Lease {
  readonly id: string;
  readonly machineId: string;
  readonly slot: number;
  readonly holder: { readonly kind: 'build' | 'mote'; readonly id: string };
  readonly grantedAt: number;
  readonly endedAt: number | null;
}

/** One line of a machine's history. */
export interface MachineEvent {
  readonly machineId: string;
  readonly at: number;
  readonly kind:
    | 'joined'
    | 'connected'
    | 'disconnected'
    | 'lost-work'
    | 'quarantined'
    | 'released'
    | 'draining'
    | 'undrained'
    | 'revoked'
    | 'slot-dirty'
    | 'slot-clean';
  readonly text: string;
}

export interface Reliability {
  /** Attempts that ended here in the last 30 days, and how many of them the machine or the farm lost. */
  readonly attempts: number;
  readonly infrastructureFailures: number;
}

export interface JoinToken {
  readonly id: string;
  readonly hostType: string | null;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly usedAt: number | null;
  readonly usedBy: string | null;
  readonly createdBy: string;
}

export interface SlotView {
  readonly slot: number;
  /** `resetting`: the last lease's leftovers are being removed. `dirty`: that failed; the slot takes no lease. */
  readonly state: 'free' | 'busy' | 'resetting' | 'dirty';
  readonly holder: Lease['holder'] | null;
  readonly since: number | null;
}

/** All there is to show of a machine, at one moment. */
export interface MachineSnapshot {
  readonly machine: Machine;
  readonly presence: Presence;
  readonly slots: readonly SlotView[];
  readonly reliability: Reliability;
}

/** What the machines capability offers to edge. Methods that change something reject with `not_found` for an id that nobody has. */
export interface Machines {
  /** Sorted by host type, then name. */
  list(): readonly MachineSnapshot[];
  get(id: string): MachineSnapshot | null;
  /** Newest first. */
  history(id: string, limit: number): Promise<readonly MachineEvent[]>;
  /**
   * Takes over a fresh connection of an agent: handshake, session, everything. Resolves when the agent was let in or refused; never
   * rejects.
   */
  accept(transport: Transport, remote: string): Promise<void>;
  /** The token itself is shown once and stored only as a hash. */
  createJoinToken(op: {
    readonly hostType: string | null;
    readonly expiresInMs: number;
    readonly by: string;
  }): Promise<{ readonly token: string; readonly joinToken: JoinToken }>;
  joinTokens(): Promise<readonly JoinToken[]>;
  removeJoinToken(id: string): Promise<boolean>;
  setDraining(id: string, draining: boolean, by: string): Promise<MachineSnapshot>;
  quarantine(id: string, reason: string, by: string): Promise<MachineSnapshot>;
  release(id: string, by: string): Promise<MachineSnapshot>;
  /** Its key is refused from now on; what it runs is placed anew. */
  revoke(id: string, by: string): Promise<MachineSnapshot>;
  /** Called with the new snapshot after every change. Gives the way to stop. */
  onChange(listener: (snapshot: MachineSnapshot) => void): () => void;
}

/** One lease as its holder uses it. */
export interface HeldLease {
  readonly id: string;
  readonly machineId: string;
  readonly slot: number;
  /** Fires with a FarmError once the machine is given up, or came back without the lease. */
  readonly lost: AbortSignal;
  /**
   * Runs `action` with a live session: waits for the machine while it is away, and starts `action` anew when the connection
   * breaks under it. Rejects with the reason of `signal` or `lost`, or with any other error of `action`.
   */
  use<T>(signal: AbortSignal, action: (session: Session) => Promise<T>): Promise<T>;
  /** From now on a machine that comes back without this lease has lost it. */
  markBegun(): void;
  /** Ends the lease: the slot is reset, proven clean and free again, whenever the machine can do it. Harmless twice. */
  giveBack(): void;
}

/** What the machines capability offers to the other capabilities: all of edge's, and leases. */
export interface Fleet extends Machines {
  /** Takes a slot for a lease that the store has granted. `begun`: taken up again after a restart, the machine has it already. */
  hold(op: {
    readonly machineId: string;
    readonly slot: number;
    readonly leaseId: string;
    readonly holder: Lease['holder'];
    readonly since: number;
    readonly begun: boolean;
  }): HeldLease;
  /** How an attempt ended here: null when the machine did its part, else the failure that is its own or the farm's. */
  recordOutcome(op: {
    readonly machineId: string;
    readonly builder: string;
    readonly failure: FarmErrorJson | null;
  }): void;
  /** Loads what is stored. Before this nothing else may be called. */
  start(): Promise<void>;
  /** Keeps times of presence and looks after dirty slots until the signal fires, then says goodbye to every agent. */
  run(signal: AbortSignal): Promise<void>;
}
