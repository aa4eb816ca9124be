import type { Platform } from '../../agent/wire/protocol.ts';
import type { JoinToken, Lease, Machine, MachineEvent, Quarantine, Reliability } from './types.ts';

export interface MachineStore {
  machines(): Promise<readonly Machine[]>;
  machine(id: string): Promise<Machine | null>;
  createJoinToken(op: { readonly token: JoinToken; readonly hash: string }): Promise<void>;
  joinTokens(): Promise<readonly JoinToken[]>;
  removeJoinToken(id: string): Promise<boolean>;
  /**
   * Uses a join token up and stores the machine in one step. The same key with the same token again (an agent that died
   * before it heard `welcome`) answers the machine it bought. `hostType` is the token's when the token names one.
   */
  join(op: {
    readonly tokenHash: string;
    readonly at: number;
    readonly machine: {
      readonly id: string;
      readonly name: string;
      readonly publicKey: string;
      readonly hostType: string | null;
      readonly slots: number;
      readonly platform: Platform;
    };
  }): Promise<
    | { readonly outcome: 'joined'; readonly machine: Machine }
    | {
        readonly outcome: 'unknown-token' | 'expired' | 'used' | 'host-type-mismatch' | 'host-type-missing';
        readonly tokenHostType?: string;
      }
  >;
  /** What a hello tells of a known machine. */
  saveSeen(op: {
    readonly machineId: string;
    readonly at: number;
    readonly name: string;
    readonly slots: number;
    readonly platform: Platform;
  }): Promise<void>;
  touch(op: { readonly machineIds: readonly string[]; readonly at: number }): Promise<void>;
  setQuarantine(op: { readonly machineId: string; readonly quarantine: Quarantine | null }): Promise<void>;
  setDraining(op: { readonly machineId: string; readonly draining: boolean }): Promise<void>;
  revoke(op: { readonly machineId: string; readonly at: number }): Promise<void>;
  addEvents(events: readonly MachineEvent[]): Promise<void>;
  /** Newest first. */
  events(query: { readonly machineId: string; readonly limit: number }): Promise<readonly MachineEvent[]>;
  /** By machine id, over attempts that ended since. */
  reliability(since: number): Promise<ReadonlyMap<string, Reliability>>;
  openLeases(): Promise<readonly Lease[]>;
}
