import type { QueueCount } from '../scheduler/index.ts';

export type HealthLevel = 'ok' | 'info' | 'warning' | 'error';

/** `degraded`: somebody should look. `failing`: the farm can't do its work, and what it is asked for may get lost in refusals. */
export type HealthStatus = 'ok' | 'degraded' | 'failing';

/** What a check finds at one moment. */
export interface Finding {
  /** Stays the same for as long as the thing that is checked exists: "repository croft". */
  readonly name: string;
  readonly level: HealthLevel;
  /** One sentence; for anything but `ok`, what is wrong and what to do. */
  readonly text: string;
  /** With an error: nothing works without it. */
  readonly isVital?: boolean;
}

export interface HealthCheck {
  readonly name: string;
  readonly level: HealthLevel;
  readonly status: HealthStatus;
  readonly text: string;
  /** When it came to this level, wall clock. */
  readonly since: number;
}

export interface HealthReport {
  /** The worst of all checks. */
  readonly status: HealthStatus;
  readonly checks: readonly HealthCheck[];
}

export interface MachineCount {
  readonly hostType: string;
  /** `draining` and `quarantined` are told whether it is here or not. */
  readonly state: 'ready' | 'away' | 'draining' | 'quarantined';
  readonly count: number;
}

export interface SlotCount {
  readonly hostType: string;
  /** Of machines that are here. */
  readonly state: 'free' | 'busy' | 'resetting' | 'dirty';
  readonly count: number;
}

export interface RepositoryFigures {
  readonly repo: string;
  readonly lastCheckedAt: number | null;
  readonly isFailing: boolean;
}

/** The farm in numbers at one moment: what metrics, health and its page are all made of. */
export interface Figures {
  readonly at: number;
  readonly waiting: number;
  readonly running: number;
  readonly impossible: number;
  /** How long the oldest waiting build waits; null when nothing does. */
  readonly oldestWaitMs: number | null;
  readonly queues: readonly QueueCount[];
  readonly machines: readonly MachineCount[];
  readonly slots: readonly SlotCount[];
  readonly expected: readonly { readonly hostType: string; readonly count: number }[];
  /** Agents that are connected now. */
  readonly links: number;
  readonly repositories: readonly RepositoryFigures[];
  readonly configBroken: boolean;
  readonly openLogs: number;
  /** Output that is not on the disk yet. */
  readonly unflushedBytes: number;
  readonly databaseRefuses: boolean;
  /** Null before it was asked for the first time. */
  readonly diskFreeBytes: number | null;
  readonly diskTotalBytes: number | null;
  /** The worst of the last seconds. */
  readonly loopLagMs: number;
  readonly memoryBytes: number | null;
}

/** One point of the short history. */
export interface Sample {
  readonly at: number;
  readonly waiting: number;
  readonly running: number;
  readonly links: number;
  readonly busySlots: number;
  readonly oldestWaitMs: number;
  readonly loopLagMs: number;
  readonly memoryBytes: number | null;
  readonly diskFreeBytes: number | null;
  /** Builds that got a verdict since the point before, and those of them that passed. */
  readonly ended: number;
  readonly passed: number;
}

export interface FarmHealth {
  report(): HealthReport;
  figures(): Figures;
  /** The last hour, oldest first, a point every `everyMs`. */
  history(): { readonly everyMs: number; readonly samples: readonly Sample[] };
}
