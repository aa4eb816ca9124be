/**
 * The agent's folder. Everything that outlives the process is below it:
 *
 *   identity.json   the machine's key and id, readable by its owner only
 *   lock            which process works here
 *   slots           which lease holds which slot, one fixed-size line each
 *   work/N          the work folder of slot N
 *   runs/           per run: its record, its output, the times of its output
 *   stage/          archives while they are unpacked, beside the work folders so that a rename moves them
 *   cache/          archives by digest
 */
import { chmodSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

export interface AgentFolder {
  readonly root: string;
  readonly identity: string;
  readonly lock: string;
  readonly slots: string;
  readonly work: string;
  readonly runs: string;
  readonly stage: string;
  readonly cache: string;
}

/** Makes what is missing, for the owner only: runs are strangers' code, but other users of the machine are strangers too. */
export function openAgentFolder(path: string): AgentFolder {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  // Without links on the way: what the system tells of processes are real paths.
  const root = realpathSync(path);
  const folder: AgentFolder = {
    root,
    identity: join(root, 'identity.json'),
    lock: join(root, 'lock'),
    slots: join(root, 'slots'),
    work: join(root, 'work'),
    runs: join(root, 'runs'),
    stage: join(root, 'stage'),
    cache: join(root, 'cache'),
  };
  chmodSync(root, 0o700);
  for (const path of [folder.work, folder.runs, folder.stage, folder.cache])
    mkdirSync(path, { recursive: true });
  return folder;
}
