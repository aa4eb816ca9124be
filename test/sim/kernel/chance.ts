/**
 * Chance from a seed. Every part has a stream of its own, named by what it is for, so that a story that loses one event keeps the
 * luck of all the others: that is what makes a failure shrink.
 */
import type { Randomness } from '../../../agent/kit/ids.ts';

export interface Chance extends Randomness {
  /** A whole number in [from, to]. */
  between(from: number, to: number): number;
  /** True in `share` of all cases. */
  happens(share: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** A time around `meanMs`, exponentially distributed, never more than ten times it. */
  exponential(meanMs: number): number;
}

/** FNV-1a over the parts, finished as MurmurHash3 does. */
export function hashOf(...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts) {
    const text = String(part);
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ 0x7c, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Mulberry32. */
export function createChance(...name: readonly (string | number)[]): Chance {
  let state = hashOf(...name);
  function fraction(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
  return {
    fraction,
    bytes(count) {
      const bytes = new Uint8Array(count);
      for (let i = 0; i < count; i++) bytes[i] = Math.floor(fraction() * 256);
      return bytes;
    },
    between: (from, to) => from + Math.floor(fraction() * (to - from + 1)),
    happens: (share) => fraction() < share,
    pick(items) {
      const item = items[Math.floor(fraction() * items.length)];
      if (item === undefined) throw new RangeError('Nothing to pick from');
      return item;
    },
    exponential: (meanMs) => Math.min(10 * meanMs, -Math.log(1 - fraction()) * meanMs),
  };
}
