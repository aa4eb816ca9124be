/** Who asks: a bearer token, or nobody. Guesses are slowed down by address. */
import type { Clock } from '../../agent/kit/clock.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import { type Access, allows, type Identity, type Scope } from '../../core/access/index.ts';

export interface IdentifyDeps {
  readonly access: Access;
  readonly clock: Clock;
  readonly anonymousReading: () => boolean;
}

/** Wrong tokens of one address within the window, after which it has to wait for the window to end. */
const mostGuesses = 30;
const windowMs = 60_000;
/** Addresses remembered at once; past it the oldest windows go first. */
const mostAddresses = 10_000;

export interface Identifier {
  /** Rejects with `unauthenticated` for a token that is wrong, `too_many` after too many of those. */
  identify(request: Request, address: string): Promise<Identity>;
}

export function createIdentifier(deps: IdentifyDeps): Identifier {
  const guesses = new Map<string, { count: number; until: number }>();

  function fail(address: string): never {
    const now = deps.clock.now();
    const open = guesses.get(address);
    if (open === undefined || open.until <= now) {
      if (guesses.size >= mostAddresses) guesses.delete(guesses.keys().next().value ?? '');
      guesses.set(address, { count: 1, until: now + windowMs });
    } else {
      open.count += 1;
    }
    throw new FarmError('unauthenticated', 'The token is not known here, or has expired', {
      blame: 'caller',
    });
  }

  return {
    async identify(request, address) {
      const token = tokenOf(request);
      if (token === null) return { name: 'anonymous', scopes: deps.anonymousReading() ? ['read'] : [] };
      const open = guesses.get(address);
      if (open !== undefined && open.count >= mostGuesses && open.until > deps.clock.now()) {
        throw new FarmError('too_many', 'Too many wrong tokens came from this address; wait a minute', {
          blame: 'caller',
          retry: { afterMs: open.until - deps.clock.now() },
        });
      }
      return (await deps.access.authenticate(token)) ?? fail(address);
    },
  };
}

/** `Authorization: Bearer TOKEN`, or `X-Croft-Token` for hooks whose sender can't set the other. */
function tokenOf(request: Request): string | null {
  const header = request.headers.get('authorization');
  if (header === null) return request.headers.get('x-croft-token');
  const [, token] = header.match(/^Bearer +(\S{1,512})$/i) ?? [];
  if (token !== undefined) return token;
  throw new FarmError('unauthenticated', 'Authorization: must be "Bearer TOKEN"', {
    blame: 'caller',
    details: { field: 'Authorization' },
  });
}

/** Throws `unauthenticated` for nobody, and `forbidden` for somebody who lacks the scope. */
export function demand(identity: Identity, scope: Scope): void {
  if (identity.name === 'anonymous' && !allowsAnonymous(identity, scope)) {
    throw new FarmError(
      'unauthenticated',
      `This needs a token with the scope "${scope}": Authorization: Bearer TOKEN`,
      { blame: 'caller' },
    );
  }
  if (allows(identity, scope) && identity.scopes.length > 0) return;
  throw new FarmError('forbidden', `"${identity.name}" lacks the scope "${scope}"`, {
    blame: 'caller',
    details: { scope },
  });
}

function allowsAnonymous(identity: Identity, scope: Scope): boolean {
  return scope === 'read' && identity.scopes.includes('read');
}
