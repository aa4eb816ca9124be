/** What the agent tells of itself when it dials: within one message, however many runs it keeps. */
import type { Leases } from './leases/leases.ts';
import type { Runs } from './runs/runs.ts';
import { limits } from './wire/limits.ts';
import type { RunReport } from './wire/protocol.ts';

export interface Holdings {
  readonly leases: { leaseId: string; slot: number }[];
  readonly runs: RunReport[];
}

/** The texts of exits are left out when they do not fit; `run.attach` tells them in full. */
const mostBytes = limits.messageBytes - 64 * 1024;

export function holdings(leases: Leases, runs: Runs): Holdings {
  const all = { leases: leases.list().map((lease) => ({ ...lease })), runs: [...runs.reports()] };
  if (Buffer.byteLength(JSON.stringify(all)) <= mostBytes) return all;
  return { ...all, runs: all.runs.map(withoutMessage) };
}

function withoutMessage(report: RunReport): RunReport {
  if (report.exit?.message === undefined) return report;
  const { message: _, ...exit } = report.exit;
  return { ...report, exit };
}
