/**
 * Who relies on a stored object that no row names yet. Objects are shared by content, so one that retention is about to remove
 * may be just what a build has found there already: a hold keeps it until the build's rows are stored.
 */
export interface BlobHolds {
  /** The object stays until `letGo(owner)`. Waits for a removal that is under way, after which it has to be looked for anew. */
  take(owner: string, key: string): Promise<void>;
  letGo(owner: string): void;
  /** Runs `remove` while nobody can take the key. False, and nothing done, when somebody relies on it. */
  removing(key: string, remove: () => Promise<boolean>): Promise<boolean>;
}

export function createBlobHolds(): BlobHolds {
  const owners = new Map<string, Set<string>>();
  const held = new Map<string, number>();
  const underWay = new Map<string, Promise<unknown>>();

  return {
    async take(owner, key) {
      const keys = owners.get(owner) ?? new Set();
      owners.set(owner, keys);
      if (!keys.has(key)) {
        keys.add(key);
        held.set(key, (held.get(key) ?? 0) + 1);
      }
      await underWay.get(key);
    },
    letGo(owner) {
      for (const key of owners.get(owner) ?? []) {
        const left = (held.get(key) ?? 0) - 1;
        if (left > 0) held.set(key, left);
        else held.delete(key);
      }
      owners.delete(owner);
    },
    async removing(key, remove) {
      if (held.has(key) || underWay.has(key)) return false;
      const removal = remove();
      // Who waits wants to know that it is over, not how it went.
      underWay.set(
        key,
        removal.catch(() => undefined),
      );
      try {
        return await removal;
      } finally {
        underWay.delete(key);
      }
    },
  };
}
