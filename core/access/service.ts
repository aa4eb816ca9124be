import type { Clock } from '../../agent/kit/clock.ts';
import { type IdSource, newSecret, type Randomness } from '../../agent/kit/ids.ts';
import { invalidInput } from '../../agent/wire/farm-error.ts';
import type { TokenStore } from './ports.ts';
import { type Access, type AccessToken, type Identity, scopes } from './types.ts';

export interface AccessDeps {
  readonly store: TokenStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly randomness: Randomness;
  /** SHA-256, hex. */
  readonly hash: (secret: string) => string;
  readonly adminTokenHash: string;
}

/** "Last used" is for people; to the minute is enough, and spares a write for each request. */
const touchEveryMs = 60_000;
const longestMs = 5 * 366 * 24 * 3_600_000;
const mostNameLength = 100;
/** Names of identities that no token may pass for. */
const reservedNames: readonly string[] = ['admin', 'anonymous', 'farm'];

export function createAccess(deps: AccessDeps): Access {
  const { store, clock } = deps;
  const admin: Identity = { name: 'admin', scopes };

  async function authenticate(secret: string): Promise<Identity | null> {
    // Hashes are compared, of a secret with 256 bits of chance: what an early difference tells about a hash helps nobody.
    const hash = deps.hash(secret);
    if (sameText(hash, deps.adminTokenHash)) return admin;
    const token = await store.byHash(hash);
    const now = clock.now();
    if (token === null || (token.expiresAt !== null && token.expiresAt <= now)) return null;
    if (token.lastUsedAt === null || now - token.lastUsedAt > touchEveryMs)
      await store.touch({ id: token.id, at: now });
    return { name: token.name, scopes: token.scopes };
  }

  return {
    authenticate,
    async create({ name, scopes: wanted, expiresInMs }) {
      const trimmed = name.trim();
      if (trimmed === '' || trimmed.length > mostNameLength)
        throw invalidInput('name', `must have 1 to ${mostNameLength} characters`);
      if (/\p{Cc}/u.test(trimmed)) throw invalidInput('name', 'must not have control characters');
      if (reservedNames.includes(trimmed.toLowerCase()))
        throw invalidInput('name', `"${trimmed}" is kept for somebody else; choose another`);
      if (wanted.length === 0) throw invalidInput('scopes', `must name at least one of ${scopes.join(', ')}`);
      if (expiresInMs !== null && !(expiresInMs > 0 && expiresInMs <= longestMs)) {
        throw invalidInput('expiresInMs', `must be between 1 and ${longestMs} (5 years), or left out`);
      }
      const now = clock.now();
      const secret = newSecret('croft_', deps.randomness);
      const token: AccessToken = {
        id: deps.ids.next('tok'),
        name: trimmed,
        scopes: [...new Set(wanted)],
        createdAt: now,
        expiresAt: expiresInMs === null ? null : now + expiresInMs,
        lastUsedAt: null,
      };
      await store.create({ token, hash: deps.hash(secret) });
      return { secret, token };
    },
    list: () => store.list(),
    remove: (id) => store.remove(id),
  };
}

/** In the same time wherever the first difference is. */
function sameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length;
  for (let index = 0; index < a.length; index++)
    difference |= a.charCodeAt(index) ^ (b.charCodeAt(index) || 0);
  return difference === 0;
}
