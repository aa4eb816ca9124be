/**
 * Takes secrets out of a stream of bytes that comes in pieces of any size. Every byte of an occurrence becomes an asterisk, so offsets
 * and lengths stay what they were: a log whose writing was broken off goes on at the same byte. What may yet turn out to be the
 * beginning of a secret is held back until it is decided.
 */
import { secretForms } from './secret-forms.ts';

export interface SecretMask {
  /**
   * What came before a byte that is still able to hide it: whoever goes on in the middle of a stream has to feed this many bytes before
   * the place, and throw their masked form away.
   */
  readonly reach: number;
  /** The bytes that are decided now: of this piece, and of what was held back before it. */
  push(piece: Uint8Array): Uint8Array;
  /** The stream is over: all that was held back. */
  end(): Uint8Array;
}

/** Stands in for every byte of a secret. */
const asterisk = 0x2a;

const nothing = new Uint8Array(0);

/** Null when there is nothing to hide. */
export function createSecretMask(secrets: readonly string[]): SecretMask | null {
  const needles = secretForms(secrets).map(createNeedle);
  if (needles.length === 0) return null;
  const reach = Math.max(...needles.map(({ bytes }) => bytes.length)) - 1;
  /** As they came, and as they will be given: what begins before the border of two pieces is found in the first. */
  let heldRaw: Uint8Array = nothing;
  let heldMasked: Uint8Array = nothing;

  return {
    reach,
    push(piece) {
      const raw = Buffer.concat([heldRaw, piece]);
      const masked = Buffer.concat([heldMasked, piece]);
      for (const needle of needles) hide(raw, masked, needle);
      const tail = raw.subarray(Math.max(0, raw.length - reach));
      const undecided = Math.max(...needles.map((needle) => beginningAtEnd(tail, needle)));
      const decided = raw.length - undecided;
      // Copies: the pieces may be large, and what waits is small.
      heldRaw = raw.slice(decided);
      heldMasked = Uint8Array.prototype.slice.call(masked, decided);
      return masked.subarray(0, decided);
    },
    end() {
      const rest = heldMasked;
      heldRaw = nothing;
      heldMasked = nothing;
      return rest;
    },
  };
}

interface Needle {
  readonly bytes: Buffer;
  /** For each count of its bytes: the longest proper beginning that these end in (Knuth, Morris and Pratt, 1977). */
  readonly borders: Uint32Array;
}

function createNeedle(bytes: Uint8Array): Needle {
  const borders = new Uint32Array(bytes.length + 1);
  let border = 0;
  for (let at = 1; at < bytes.length; at++) {
    while (border > 0 && bytes[at] !== bytes[border]) border = borders[border] ?? 0;
    if (bytes[at] === bytes[border]) border++;
    borders[at + 1] = border;
  }
  return { bytes: Buffer.from(bytes), borders };
}

/** Every occurrence, also those that overlap. */
function hide(raw: Buffer, masked: Uint8Array, { bytes, borders }: Needle): void {
  // Two occurrences are never closer than the period of the needle.
  const period = bytes.length - (borders[bytes.length] ?? 0);
  let hidden = 0;
  for (let at = raw.indexOf(bytes); at >= 0; at = raw.indexOf(bytes, at + period)) {
    masked.fill(asterisk, Math.max(at, hidden), at + bytes.length);
    hidden = at + bytes.length;
  }
}

/** The length of the longest proper beginning of the needle that `tail` ends in. */
function beginningAtEnd(tail: Uint8Array, { bytes, borders }: Needle): number {
  let length = 0;
  for (let at = Math.max(0, tail.length - bytes.length + 1); at < tail.length; at++) {
    while (length > 0 && tail[at] !== bytes[length]) length = borders[length] ?? 0;
    if (tail[at] === bytes[length]) length++;
  }
  return length;
}
