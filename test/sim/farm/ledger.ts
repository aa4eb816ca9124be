/**
 * What the farm has said and done, written down by somebody who believes nothing: every acknowledged write, every process that was
 * started, every byte that one wrote. Whatever contradicts it is a violation.
 */
import type { Build } from '../../../core/builds/types.ts';
import { isFinished } from '../../../core/builds/types.ts';
import type { Kernel } from '../kernel/kernel.ts';

export interface RunFacts {
  readonly runId: string;
  readonly leaseId: string;
  readonly machine: string;
  readonly workDir: string;
  readonly commit: string;
  readonly builder: string;
  readonly step: number;
  wroteBytes: number;
  exit: { readonly exitCode: number | null; readonly signal: string | null } | undefined;
}

export interface LeaseFacts {
  readonly leaseId: string;
  readonly attemptId: string;
  readonly buildId: string;
  readonly machineId: string;
  readonly slot: number;
  ended: boolean;
}

export interface Violation {
  readonly at: number;
  /** Short and stable: two failures with the same rule are taken for the same bug while shrinking. */
  readonly rule: string;
  readonly what: string;
}

export interface Ledger {
  readonly builds: Map<string, Build>;
  readonly leases: Map<string, LeaseFacts>;
  readonly runs: Map<string, RunFacts>;
  readonly violations: Violation[];
  violate(rule: string, what: string): void;
  /** The store acknowledged a build in this state. */
  saw(build: Build): void;
  claimed(lease: Omit<LeaseFacts, 'ended'>): void;
  attemptEnded(attemptId: string): void;
  /** After a restart, what the store holds is the truth about what was never acknowledged. */
  leaseAt(machineId: string, slot: number): LeaseFacts | undefined;
}

export function createLedger(kernel: Kernel): Ledger {
  const builds = new Map<string, Build>();
  const leases = new Map<string, LeaseFacts>();
  const bySlot = new Map<string, LeaseFacts>();
  const byAttempt = new Map<string, LeaseFacts>();
  const violations: Violation[] = [];

  function violate(rule: string, what: string): void {
    if (violations.length < 20) violations.push({ at: kernel.now, rule, what });
  }

  function end(lease: LeaseFacts): void {
    lease.ended = true;
    const key = `${lease.machineId}/${lease.slot}`;
    if (bySlot.get(key) === lease) bySlot.delete(key);
  }

  return {
    builds,
    leases,
    runs: new Map(),
    violations,
    violate,
    saw(build) {
      const before = builds.get(build.id);
      if (before !== undefined && isFinished(before.state) && verdictOf(before) !== verdictOf(build)) {
        violate(
          'verdict-changed',
          `Build ${build.id} was ${verdictOf(before)} and is now ${verdictOf(build)}`,
        );
      }
      builds.set(build.id, build);
    },
    claimed(facts) {
      const key = `${facts.machineId}/${facts.slot}`;
      const other = bySlot.get(key);
      if (other !== undefined && other.leaseId !== facts.leaseId) {
        violate(
          'slot-leased-twice',
          `Slot ${key} was leased to ${facts.leaseId} while ${other.leaseId} holds it`,
        );
      }
      const lease = leases.get(facts.leaseId) ?? { ...facts, ended: false };
      leases.set(facts.leaseId, lease);
      byAttempt.set(facts.attemptId, lease);
      bySlot.set(key, lease);
    },
    attemptEnded(attemptId) {
      const lease = byAttempt.get(attemptId);
      if (lease !== undefined) end(lease);
    },
    leaseAt: (machineId, slot) => bySlot.get(`${machineId}/${slot}`),
  };
}

function verdictOf({ state, endedAt, message }: Build): string {
  return `${state} at ${endedAt} (${message ?? ''})`;
}
