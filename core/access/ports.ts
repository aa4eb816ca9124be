import type { AccessToken } from './types.ts';

export interface TokenStore {
  /** `hash` is SHA-256 of the token, hex; the token itself is never stored. */
  create(op: { readonly token: AccessToken; readonly hash: string }): Promise<void>;
  byHash(hash: string): Promise<AccessToken | null>;
  list(): Promise<readonly AccessToken[]>;
  remove(id: string): Promise<boolean>;
  touch(op: { readonly id: string; readonly at: number }): Promise<void>;
}
