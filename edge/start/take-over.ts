import type { Clock } from '../../agent/kit/clock.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { DataFolder } from './data-folder.ts';
import { findRecorded } from './parts.ts';
import type { Processes } from './processes.ts';

export interface TakeOverDeps {
  readonly clock: Clock;
  readonly processes: Processes;
  readonly folder: DataFolder;
  readonly self: { readonly pid: number; readonly command: readonly string[] | null };
  readonly say: (line: string) => void;
}

const leaveWithinMs = 5_000;

/**
 * Makes this process the one supervisor of the data folder. One that is there already is asked to leave without stopping
 * anything, so that the newest `croft start` is always the one in charge, and two never restart the same part.
 */
export async function takeOver(deps: TakeOverDeps): Promise<void> {
  const { folder, processes } = deps;
  const other = findRecorded(folder.readSupervisor(), processes);
  if (other !== null && other.pid !== deps.self.pid) {
    deps.say(`taking over from the croft start that runs already (process ${other.pid})`);
    processes.signal(other.pid, 'SIGUSR2');
    const timeout = new AbortController();
    const late = deps.clock.sleep(leaveWithinMs, timeout.signal).then(
      () => true,
      () => false,
    );
    const left = await Promise.race([other.exited.then(() => true), late.then(() => false)]);
    timeout.abort();
    if (!left) {
      throw new FarmError(
        'conflict',
        `Another croft start (process ${other.pid}) watches ${folder.root} and does not leave; stop it first`,
        { blame: 'caller' },
      );
    }
  }
  folder.writeSupervisor(deps.self);
}
