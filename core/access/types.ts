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
