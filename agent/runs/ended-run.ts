import type { RunExit } from '../wire/protocol.ts';
import type { Run } from './run.ts';
import type { Spool } from './spool.ts';

/** A run that has nothing alive: it never started, or an earlier agent left its record. */
export function createEndedRun(exit: RunExit, leaseId: string, spool: Spool): Run {
  return {
    runId: exit.runId,
    leaseId,
    spool,
    leader: undefined,
    exit,
    ended: Promise.resolve(exit),
    report: () => ({ runId: exit.runId, leaseId, outputBytes: exit.outputBytes, exit }),
    signal: () => false,
    abandon: () => undefined,
    release: () => undefined,
  };
}
