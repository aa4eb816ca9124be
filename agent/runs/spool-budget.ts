/**
 * The disk that all spools of an agent may take together. When it is used up, what the coordinator has acknowledged goes first, from
 * whichever run has it; a spool that then still gets nothing keeps the end of its output instead of the middle.
 */
export interface SpoolBudget {
  /** Takes up to `bytes`; gives how many. */
  take(bytes: number): number;
  /** Takes without asking: small ends, and what an earlier agent left. */
  charge(bytes: number): void;
  give(bytes: number): void;
  /** `reclaim` drops what is acknowledged and gives the bytes freed. Gives the way to sign off. */
  register(reclaim: () => number): () => void;
  readonly used: number;
}

export function createSpoolBudget(limitBytes: number): SpoolBudget {
  const reclaimers = new Set<() => number>();
  let used = 0;

  function reclaim(wanted: number): void {
    for (const free of reclaimers) {
      if (used + wanted <= limitBytes) return;
      used -= free();
    }
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
    },
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
