import type { Removal } from '../blobs/types.ts';
import type { KeptItem, KeptKind, RemovalGate } from './types.ts';

export type KeptInDatabase = Exclude<KeptKind, 'mirrors'>;

/** Where a walk went last; items of one moment are told apart by their id. */
export type After = Pick<KeptItem, 'at' | 'id'>;

/** Every method is one transaction. */
export interface RetentionStore {
  /** Oldest first, after `after` when given. Only what belongs to finished attempts. */
  oldest(query: {
    readonly kind: KeptInDatabase;
    readonly after: After | null;
    readonly limit: number;
  }): Promise<readonly KeptItem[]>;
  /**
   * Takes the items out of the database, keeps for logs and artifacts that and why, and remembers the objects that they named as
   * ones to be removed. Items that are gone already change nothing.
   */
  letGo(op: {
    readonly kind: KeptInDatabase;
    readonly ids: readonly string[];
    readonly removal: Removal;
  }): Promise<void>;
  /** Keys of objects whose last reference may be gone. */
  unwanted(limit: number): Promise<readonly string[]>;
  /** Whether a row still names the object, or the journal of an attempt that runs does. */
  isWanted(key: string): Promise<boolean>;
  /** The object is gone, or wanted again. */
  settled(key: string): Promise<void>;
}

/** Mirrors as things that take room. */
export interface MirrorShelf {
  list(): Promise<readonly KeptItem[]>;
  /** Removes the mirror unless it was used since `usedBefore`. It can be fetched again. */
  remove(repo: string, usedBefore: number): Promise<void>;
}

/** What retention stands on besides the blob store. */
export interface RetentionPorts {
  readonly store: RetentionStore;
  readonly mirrors: MirrorShelf;
  readonly gate: RemovalGate;
}
