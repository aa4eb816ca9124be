import type { BenchConfig, ConfigEntry } from '../types.ts';

/** The configuration that holds at a place of a file; each state of it is a value that results may keep. */
export interface ConfigState {
  /** An empty value deletes. */
  set(key: string, value: string, origin: ConfigEntry['origin']): void;
  /** Only `internal` entries stay, which tools set again anyway. */
  reset(): void;
  /** The same object until something changes. */
  current(): BenchConfig;
}

export function createConfigState(): ConfigState {
  let entries: ConfigEntry[] = [];
  let places = new Map<string, number>();
  let current: BenchConfig | null = null;

  function remove(key: string): void {
    const place = places.get(key);
    if (place === undefined) return;
    const last = entries.pop();
    places.delete(key);
    // The last one fills the hole: the order that upstream's tools print.
    if (last === undefined || last.key === key) return;
    entries[place] = last;
    places.set(last.key, place);
  }

  return {
    set(key, value, origin) {
      const place = places.get(key);
      const entry = place === undefined ? undefined : entries[place];
      if (entry?.value === value && entry.origin === origin) return;
      if (entry === undefined && value === '') return;
      current = null;
      if (value === '') remove(key);
      else if (place !== undefined) entries[place] = { key, value, origin };
      else {
        places.set(key, entries.length);
        entries.push({ key, value, origin });
      }
    },
    reset() {
      entries = [];
      places = new Map();
      current = null;
    },
    current() {
      current ??= snapshot(entries);
      return current;
    },
  };
}

function snapshot(entries: readonly ConfigEntry[]): BenchConfig {
  const kept = [...entries];
  const byKey = new Map(kept.map((entry) => [entry.key, entry]));
  return { entries: kept, get: (key) => byKey.get(key)?.value ?? '', find: (key) => byKey.get(key) };
}
