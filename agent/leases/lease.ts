import { FarmError } from '../wire/farm-error.ts';
import type { HomeFolders } from './home-folders.ts';
import type { PidMark } from './pid-clock.ts';

/** One lease as its holders see it. */
export interface Lease {
  readonly leaseId: string;
  readonly slot: number;
  readonly workDir: string;
  /** Folder of its slot's cgroup, where there is one. */
  readonly cgroup: string | undefined;
  readonly homes: HomeFolders;
  /** Fires when the lease ends; its reason is a FarmError. */
  readonly signal: AbortSignal;
  /** Work on the lease's files; the lease does not end before it has settled. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

/** And as the one sees it who has to end it. */
export interface HeldLease extends Lease {
  /** Undefined when an earlier agent began it: its processes may have any id. */
  readonly since: PidMark | undefined;
  /** Breaks its work off; resolves when none is under way. */
  stop(): Promise<void>;
}

export function createLease(
  lease: Pick<HeldLease, 'leaseId' | 'slot' | 'workDir' | 'cgroup' | 'homes' | 'since'>,
): HeldLease {
  const stopped = new AbortController();
  const work = new Set<Promise<unknown>>();
  return {
    ...lease,
    signal: stopped.signal,
    async during(begin) {
      stopped.signal.throwIfAborted();
      const task = begin();
      work.add(task);
      try {
        return await task;
      } finally {
        work.delete(task);
      }
    },
    async stop() {
      stopped.abort(leaseLost(lease.leaseId));
      await Promise.allSettled(work);
    },
  };
}

export function leaseLost(leaseId: string): FarmError {
  return new FarmError('lease_lost', `Lease ${leaseId} is not held on this machine`, {
    blame: 'farm',
    retry: 'elsewhere',
  });
}
