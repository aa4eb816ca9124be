import type { MachineStatus, Platform } from '../../agent/wire/protocol.ts';

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
