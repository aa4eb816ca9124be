/** Chance for fuzzing: a number makes a whole case, so that one number repeats it. */

export interface Chance {
  /** 0 to 2^32 - 1. */
  uint32(): number;
  /** 0 to `below` - 1. */
  below(below: number): number;
  /** True once in `times`. */
  onceIn(times: number): boolean;
  pick<T>(items: readonly T[]): T;
  bytes(count: number): Uint8Array;
  /** The same list in another order. */
  shuffled<T>(items: readonly T[]): T[];
}

/** Mulberry32: small, quick, and good enough to choose with. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  function uint32(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
  const below = (limit: number): number => Math.floor((uint32() / 2 ** 32) * limit);
  return {
    uint32,
    below,
    onceIn: (times) => below(times) === 0,
    pick<T>(items: readonly T[]): T {
      const picked = items[below(items.length)];
      if (picked === undefined && items.length === 0) throw new Error('There is nothing to pick from');
      return picked as T;
    },
    bytes(count) {
      const bytes = new Uint8Array(count);
      for (let at = 0; at < count; at++) bytes[at] = uint32() & 255;
      return bytes;
    },
    shuffled(items) {
      const left = [...items];
      const mixed: (typeof left)[number][] = [];
      while (left.length > 0) mixed.push(...left.splice(below(left.length), 1));
      return mixed;
    },
  };
}

/** The seed of case `index`: neighbours must not resemble each other. */
export function caseSeed(seed: number, index: number): number {
  return (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(index, 0xc2b2ae35)) >>> 0;
}
