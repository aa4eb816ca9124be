/** What an agent does first on a folder that another agent left: ends whatever of it still runs, and empties what no lease holds. */
import { lstatSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentFolder } from '../folder.ts';
import type { Log } from '../kit/log.ts';
import { findUnended } from '../runs/load-runs.ts';
import { emptyWorkFolder, killAll, type ResetDeps } from './reset-slot.ts';
import type { SlotTable } from './slot-table.ts';

export interface RecoverDeps extends ResetDeps {
  readonly log: Log;
  readonly folder: AgentFolder;
  readonly table: SlotTable;
}

/**
 * Call it before the runs are loaded, which declares those without an exit lost. What does not die or cannot be removed is logged; its
 * slot is looked at again when a lease begins.
 */
export async function recover(deps: RecoverDeps): Promise<void> {
  const unended = findUnended(deps.folder.runs);
  try {
    const killed = await killAll(deps, {
      runs: [],
      cgroup: undefined,
      traces: {
        leaseIds: [...new Set([...deps.table.found.values(), ...unended.map(({ leaseId }) => leaseId)])],
        workDir: deps.folder.work,
        leaders: unended.flatMap(({ leader }) => (leader === undefined ? [] : [leader])),
        since: undefined,
      },
    });
    if (killed > 0) deps.log.warn('recover.killed', { processes: killed });
  } catch (error) {
    deps.log.error('recover.not-killed', { problem: String(error) });
  }
  for (const name of readdirSync(deps.folder.work)) {
    const path = join(deps.folder.work, name);
    if (!lstatSync(path).isDirectory()) unlinkSync(path);
    else if (!deps.table.found.has(Number(name))) await empty(deps, path);
  }
  await empty(deps, deps.folder.stage);
}

async function empty(deps: RecoverDeps, path: string): Promise<void> {
  try {
    await emptyWorkFolder(deps, path);
  } catch (error) {
    deps.log.error('recover.not-emptied', { path, problem: String(error) });
  }
}
