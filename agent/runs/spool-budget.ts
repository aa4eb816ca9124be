/**
 * The disk that all spools of an agent may take together. When it is used up, what the coordinator has acknowledged goes first, from
 * whichever run has it. A spool that then still gets nothing waits for acknowledgements, and its run with it, as long as any come;
 * only when none do is the end of its output kept instead of the middle.
 */
import type { Clock } from '../kit/clock.ts';

export interface SpoolBudget {
  /** Takes up to `bytes`; gives how many. */
  take(bytes: number): number;
  /** Takes without asking: small ends, and what an earlier agent left. */
  charge(bytes: number): void;
  give(bytes: number): void;
  /** `reclaim` drops what is acknowledged and gives the bytes freed. Gives the way to sign off. */
  register(reclaim: () => number): () => void;
  /** Something was acknowledged. */
  onAcknowledged(): void;
  /** True once something was acknowledged or given back, false when nothing was for a while. */
  room(): Promise<boolean>;
  readonly used: number;
}

/** How long a run is held for a coordinator that does not acknowledge anything. */
const patienceMs = 10_000;

export function createSpoolBudget(limitBytes: number, clock: Pick<Clock, 'after'>): SpoolBudget {
  const reclaimers = new Set<() => number>();
  const waiters = new Set<() => void>();
  let used = 0;

  function reclaim(wanted: number): void {
    for (const free of reclaimers) {
      if (used + wanted <= limitBytes) return;
      used -= free();
    }
  }

  function wakeAll(): void {
    for (const wake of [...waiters]) wake();
  }

  function room(): Promise<boolean> {
    return new Promise((resolve) => {
      function settle(isRoom: boolean): void {
        timer.cancel();
        waiters.delete(wake);
        resolve(isRoom);
      }
      const wake = (): void => settle(true);
      const timer = clock.after(patienceMs, () => settle(false));
      waiters.add(wake);
    });
  }

  return {
    take(bytes) {
      if (used + bytes > limitBytes) reclaim(bytes);
      const taken = Math.max(0, Math.min(bytes, limitBytes - used));
      used += taken;
      return taken;
    },
    charge(bytes) {
      used += bytes;
    },
    give(bytes) {
      used -= bytes;
      if (bytes > 0) wakeAll();
    },
    onAcknowledged: wakeAll,
    room,
    register(free) {
      reclaimers.add(free);
      return () => {
        reclaimers.delete(free);
      };
    },
    get used() {
      return used;
    },
  };
}
