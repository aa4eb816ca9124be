import type { Clock } from '../../agent/kit/clock.ts';
import { type IdSource, newSecret, type Randomness } from '../../agent/kit/ids.ts';
import { invalidInput } from '../../agent/wire/farm-error.ts';
import type { MachineStore } from './ports.ts';
import type { JoinToken, Machines } from './types.ts';

export interface JoinTokenDeps {
  readonly store: MachineStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly randomness: Randomness;
  readonly hash: (secret: string) => string;
}

const longestMs = 30 * 24 * 3_600_000;

/** One-time tokens that buy a machine its identity. 32 random bytes, shown once, stored as a hash. */
export function createJoinTokens(
  deps: JoinTokenDeps,
): Pick<Machines, 'createJoinToken' | 'joinTokens' | 'removeJoinToken'> {
  return {
    async createJoinToken({ hostType, expiresInMs, by }) {
      if (!(expiresInMs > 0 && expiresInMs <= longestMs)) {
        throw invalidInput('expiresInMs', `must be between 1 and ${longestMs} (30 days), got ${expiresInMs}`);
      }
      const now = deps.clock.now();
      const token = newSecret('croft_join_', deps.randomness);
      const joinToken: JoinToken = {
        id: deps.ids.next('jtk'),
        hostType,
        createdAt: now,
        expiresAt: now + expiresInMs,
        usedAt: null,
        usedBy: null,
        createdBy: by,
      };
      await deps.store.createJoinToken({ token: joinToken, hash: deps.hash(token) });
      return { token, joinToken };
    },
    joinTokens: () => deps.store.joinTokens(),
    removeJoinToken: (id) => deps.store.removeJoinToken(id),
  };
}
