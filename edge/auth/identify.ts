/** Who asks: a bearer token, or nobody. Guesses are slowed down by address. */
import type { Clock } from '../../agent/kit/clock.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import { type Access, allows, type Identity, type Scope } from '../../core/access/index.ts';
import { createGuesses } from './guesses.ts';

export interface IdentifyDeps {
  readonly access: Access;
  readonly clock: Clock;
  readonly anonymousReading: () => boolean;
}

export interface Identifier {
  /** Rejects with `unauthenticated` for a token that is wrong, `too_many` after too many of those. */
  identify(request: Request, address: string): Promise<Identity>;
}

export function createIdentifier(deps: IdentifyDeps): Identifier {
  const guesses = createGuesses(deps.clock);
  return {
    async identify(request, address) {
      const token = tokenOf(request);
      if (token === null) return { name: 'anonymous', scopes: deps.anonymousReading() ? ['read'] : [] };
      const waitMs = guesses.waitMs(address, token);
      if (waitMs > 0) {
        throw new FarmError('too_many', 'Too many wrong tokens came from this address; wait a minute', {
          blame: 'caller',
          retry: { afterMs: waitMs },
        });
      }
      const identity = await deps.access.authenticate(token);
      if (identity !== null) {
        guesses.right(token);
        return identity;
      }
      guesses.wrong(address, token);
      throw new FarmError('unauthenticated', 'The token is not known here, or has expired', {
        blame: 'caller',
      });
    },
  };
}

const longestToken = 512;

/** `Authorization: Bearer TOKEN`, or `X-Croft-Token` for hooks whose sender can't set the other. */
function tokenOf(request: Request): string | null {
  const header = request.headers.get('authorization');
  if (header === null) {
    const token = request.headers.get('x-croft-token');
    if (token === null || token.length <= longestToken) return token;
    throw malformed('X-Croft-Token', 'is too long');
  }
  const [, token] = header.match(/^Bearer +(\S{1,512})$/i) ?? [];
  if (token !== undefined) return token;
  throw malformed('Authorization', 'must be "Bearer TOKEN"');
}

function malformed(field: string, problem: string): FarmError {
  return new FarmError('unauthenticated', `${field}: ${problem}`, { blame: 'caller', details: { field } });
}

/** Throws `unauthenticated` for nobody, and `forbidden` for somebody who lacks the scope. */
export function demand(identity: Identity, scope: Scope): void {
  if (allows(identity, scope)) return;
  if (identity.name === 'anonymous') {
    throw new FarmError(
      'unauthenticated',
      `This needs a token with the scope "${scope}": Authorization: Bearer TOKEN`,
      { blame: 'caller' },
    );
  }
  throw new FarmError('forbidden', `"${identity.name}" lacks the scope "${scope}"`, {
    blame: 'caller',
    details: { scope },
  });
}
