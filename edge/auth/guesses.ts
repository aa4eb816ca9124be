/**
 * Counts wrong tokens by address. Tokens have 256 bits of chance, so this is no part of their safety; it keeps a script gone wrong, or
 * a guesser, from making us look up tokens as fast as the network brings them.
 */
import type { Clock } from '../../agent/kit/clock.ts';

/** Wrong tokens of one address within the window, after which it has to wait for the window to end. */
const mostGuesses = 30;
const windowMs = 60_000;
/** Remembered at once; past it the oldest go first. */
const mostAddresses = 10_000;
const mostTrusted = 1_000;

export interface Guesses {
  /** How long this address may not try a token that was not right lately; 0: not at all. */
  waitMs(address: string, token: string): number;
  right(token: string): void;
  wrong(address: string, token: string): void;
}

export function createGuesses(clock: Clock): Guesses {
  const windows = new Map<string, { count: number; readonly until: number }>();
  /** Tokens that were right lately: many people may share the address of one who guesses. */
  const trusted = new Set<string>();

  function makeRoom(kept: Map<string, unknown> | Set<string>, most: number): void {
    for (const oldest of kept.keys()) {
      if (kept.size < most) return;
      kept.delete(oldest);
    }
  }

  return {
    waitMs(address, token) {
      const open = windows.get(address);
      if (open === undefined || open.count < mostGuesses || trusted.has(token)) return 0;
      return Math.max(0, open.until - clock.now());
    },
    right(token) {
      if (trusted.has(token)) return;
      makeRoom(trusted, mostTrusted);
      trusted.add(token);
    },
    wrong(address, token) {
      trusted.delete(token);
      const now = clock.now();
      const open = windows.get(address);
      if (open !== undefined && open.until > now) {
        open.count += 1;
        return;
      }
      windows.delete(address);
      makeRoom(windows, mostAddresses);
      windows.set(address, { count: 1, until: now + windowMs });
    },
  };
}
