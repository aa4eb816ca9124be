/** `read`: see. `build`: ask for builds, cancel, retry. `machines`: join tokens, drain, quarantine. `admin`: all, and tokens. */
export const scopes = ['read', 'build', 'machines', 'admin'] as const;
export type Scope = (typeof scopes)[number];

export interface AccessToken {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
}

/** Who asks. */
export interface Identity {
  /** `admin`, a token's name, or `anonymous`. */
  readonly name: string;
  readonly scopes: readonly Scope[];
}

/** What the access capability offers to edge. */
export interface Access {
  /** Null: the token is not known or has expired. */
  authenticate(token: string): Promise<Identity | null>;
  /** `secret` is shown once and stored only as a hash. */
  create(op: {
    readonly name: string;
    readonly scopes: readonly Scope[];
    readonly expiresInMs: number | null;
  }): Promise<{ readonly secret: string; readonly token: AccessToken }>;
  list(): Promise<readonly AccessToken[]>;
  remove(id: string): Promise<boolean>;
}

/** `admin` holds every scope; every scope holds `read`. */
export function allows(identity: Identity, scope: Scope): boolean {
  return identity.scopes.some((held) => held === scope || held === 'admin' || scope === 'read');
}
