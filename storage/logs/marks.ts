/**
 * The second file of a live log: one record of 16 bytes for each stretch of output, where it ends and when it was written. A
 * record is written after the bytes that it speaks of, so bytes without one are the torn end of an append.
 */
export interface Stretch {
  /** Offset after its last byte. */
  readonly end: number;
  readonly at: number;
}

export const recordBytes = 16;

/** Past this many stretches only those that are a second apart get one of their own. */
const exactStretches = 262_144;
const coarseMs = 1_000;

/** The stretches after `fresh` was added, as a change: those from `index` on are replaced by `stretches`. */
export interface MarksChange {
  readonly index: number;
  readonly stretches: readonly Stretch[];
}

export function extend(known: readonly Stretch[], fresh: readonly Stretch[]): MarksChange {
  const last = known.at(-1);
  const stretches: Stretch[] = last === undefined ? [] : [last];
  const index = known.length - stretches.length;
  for (const { end, at } of fresh) {
    const before = stretches.at(-1);
    const apart = index + stretches.length < exactStretches ? 1 : coarseMs;
    if (before !== undefined && Math.abs(at - before.at) < apart) {
      stretches[stretches.length - 1] = { end, at: before.at };
    } else {
      stretches.push({ end, at });
    }
  }
  return { index, stretches };
}

export function encodeStretches(stretches: readonly Stretch[]): Uint8Array {
  const bytes = new Uint8Array(stretches.length * recordBytes);
  const view = new DataView(bytes.buffer);
  for (const [i, { end, at }] of stretches.entries()) {
    view.setFloat64(i * recordBytes, end, true);
    view.setFloat64(i * recordBytes + 8, at, true);
  }
  return bytes;
}

/** Reads as far as it makes sense for a log that has `dataBytes` on disk; what is torn or beyond the data is left out. */
export function decodeStretches(bytes: Uint8Array, dataBytes: number): Stretch[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stretches: Stretch[] = [];
  let previousEnd = 0;
  for (let i = 0; i + recordBytes <= bytes.byteLength && previousEnd < dataBytes; i += recordBytes) {
    const end = Math.min(view.getFloat64(i, true), dataBytes);
    const at = view.getFloat64(i + 8, true);
    if (!(Number.isSafeInteger(end) && end > previousEnd && Number.isFinite(at))) break;
    stretches.push({ end, at });
    previousEnd = end;
  }
  return stretches;
}

/** The stretches of the first `size` bytes. */
export function cutStretches(stretches: readonly Stretch[], size: number): Stretch[] {
  if (size === 0) return [];
  const last = stretches.findIndex(({ end }) => end >= size);
  return last < 0
    ? [...stretches]
    : [...stretches.slice(0, last), { end: size, at: stretches[last]?.at ?? 0 }];
}
