/**
 * Things that are dear to get and often wanted again, up to a total cost; the least recently used go first. Who asks while a thing is
 * being fetched waits for the same fetch. A failed fetch is not remembered.
 */
export interface Lru<T> {
  get(key: string, fetch: () => Promise<T>): Promise<T>;
  readonly cost: number;
}

interface Entry<T> {
  readonly value: Promise<T>;
  /** 0 until it is fetched. */
  cost: number;
}

export function createLru<T>(options: {
  readonly maxCost: number;
  readonly costOf: (value: T) => number;
}): Lru<T> {
  // Insertion order is the order of use.
  const entries = new Map<string, Entry<T>>();
  let total = 0;

  function trim(): void {
    for (const [key, entry] of entries) {
      if (total <= options.maxCost) return;
      if (entry.cost === 0) continue;
      entries.delete(key);
      total -= entry.cost;
    }
  }

  async function fill(key: string, entry: Entry<T>): Promise<void> {
    try {
      const cost = Math.max(1, options.costOf(await entry.value));
      if (entries.get(key) !== entry) return;
      entry.cost = cost;
      total += cost;
      trim();
    } catch {
      // Who asked is told by the promise itself.
      if (entries.get(key) === entry) entries.delete(key);
    }
  }

  return {
    get cost() {
      return total;
    },
    get(key, fetch) {
      const known = entries.get(key);
      if (known !== undefined) {
        entries.delete(key);
        entries.set(key, known);
        return known.value;
      }
      const entry = { value: fetch(), cost: 0 };
      entries.set(key, entry);
      void fill(key, entry);
      return entry.value;
    },
  };
}
