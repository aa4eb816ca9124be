/** Randomness as a dependency: ids, nonces and jitter all come from here, so a seed repeats a whole day. */
export interface Randomness {
  /** `count` random bytes, fit for keys and nonces in production. */
  bytes(count: number): Uint8Array;
  /** A number in [0, 1). */
  fraction(): number;
}

export function createSystemRandomness(): Randomness {
  return {
    bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
    fraction: () => Math.random(),
  };
}

/** A fresh token: the prefix says what it opens, and 32 random bytes, as hex, that nobody guesses it. */
export function newSecret(prefix: string, randomness: Randomness): string {
  let text = prefix;
  for (const byte of randomness.bytes(32)) text += byte.toString(16).padStart(2, '0');
  return text;
}

/** Prefixes of ids; nobody parses an id, the prefix is for people who read logs. */
export type IdPrefix = 'bld' | 'att' | 'lse' | 'run' | 'mch' | 'tok' | 'jtk' | 'art' | 'req';

export interface IdSource {
  /** A fresh opaque id, ordered by time: `bld_` + 10 characters of milliseconds + 10 of chance. */
  next(prefix: IdPrefix): string;
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

export function createIdSource(deps: { now: () => number; randomness: Randomness }): IdSource {
  return {
    next(prefix) {
      let time = '';
      for (let left = Math.floor(deps.now()), digit = 0; digit < 10; digit++, left = Math.floor(left / 32)) {
        time = alphabet.charAt(left % 32) + time;
      }
      let chance = '';
      for (const byte of deps.randomness.bytes(10)) chance += alphabet.charAt(byte % 32);
      return `${prefix}_${time}${chance}`;
    },
  };
}
