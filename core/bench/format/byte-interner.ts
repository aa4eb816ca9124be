/**
 * Finds the one object for a run of bytes without making a string of it: names and units repeat in almost every line. The slots are
 * a cache in front of a map, so that chosen collisions cost time for themselves only, and the map is emptied when it grows large:
 * that two results of one name share the object is usual, but nothing may rely on it.
 */
export interface ByteInterner<T> {
  /** `hash` is what `hashByte` gave over bytes `from` to `to`. */
  find(buffer: Uint8Array, from: number, to: number, hash: number): T;
}

interface Entry<T> {
  readonly bytes: Uint8Array;
  readonly value: T;
}

const slotCount = 1 << 15;
const mostKept = 200_000;

export const hashStart = 0x811c9dc5 | 0;

/** FNV-1a. */
export function hashByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 16777619);
}

export function createByteInterner<T>(create: (text: string) => T): ByteInterner<T> {
  const slots: (Entry<T> | undefined)[] = new Array(slotCount).fill(undefined);
  const known = new Map<string, Entry<T>>();

  function remember(bytes: Uint8Array, slot: number): T {
    const text = String.fromCharCode(...bytes);
    let entry = known.get(text);
    if (entry === undefined) {
      if (known.size >= mostKept) known.clear();
      entry = { bytes, value: create(text) };
      known.set(text, entry);
    }
    slots[slot] = entry;
    return entry.value;
  }

  return {
    find(buffer, from, to, hash) {
      const slot = (hash ^ (hash >>> 15)) & (slotCount - 1);
      const entry = slots[slot];
      if (entry !== undefined && sameBytes(buffer, from, to, entry.bytes)) return entry.value;
      return remember(buffer.slice(from, to), slot);
    },
  };
}

export function sameBytes(buffer: Uint8Array, from: number, to: number, bytes: Uint8Array): boolean {
  const length = bytes.length;
  if (to - from !== length) return false;
  for (let at = 0; at < length; at++) if (buffer[from + at] !== bytes[at]) return false;
  return true;
}
