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
  /**
   * A fresh opaque id: `bld_` + 10 characters of milliseconds + 10 of chance. Those of one source are in the order in which they
   * were asked for, also within a millisecond and when the clock steps back.
   */
  next(prefix: IdPrefix): string;
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const half = 10;
/** 50 bits: a number holds them exactly. */
const chances = 32 ** half;

export function createIdSource(deps: { now: () => number; randomness: Randomness }): IdSource {
  let lastTime = Number.NEGATIVE_INFINITY;
  let chance = 0;

  function drawn(): number {
    let value = 0;
    for (const byte of deps.randomness.bytes(half)) value = value * 32 + (byte % 32);
    return value;
  }

  return {
    next(prefix) {
      const now = Math.floor(deps.now());
      chance = now > lastTime ? drawn() : chance + 1;
      lastTime = Math.max(now, lastTime) + (chance === chances ? 1 : 0);
      chance %= chances;
      return `${prefix}_${digits(lastTime)}${digits(chance)}`;
    },
  };
}

function digits(value: number): string {
  let text = '';
  for (let left = value, at = 0; at < half; at++, left = Math.floor(left / 32))
    text = alphabet.charAt(left % 32) + text;
  return text;
}
