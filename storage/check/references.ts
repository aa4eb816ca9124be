/** What the database says of objects, on a connection that only reads. */
import type { Database } from 'bun:sqlite';
import type { KeptInDatabase } from '../../core/retention/ports.ts';

export interface Reference {
  readonly kind: KeptInDatabase;
  /** As `RetentionStore.letGo` takes it. */
  readonly id: string;
  readonly key: string;
  /** Null for a log, whose row counts the text in it. */
  readonly bytes: number | null;
  readonly digest: string | null;
}

const logs = `SELECT 'logs' AS kind, id, blob_key AS key, NULL AS bytes, NULL AS digest FROM sealed_logs
  WHERE blob_key IS NOT NULL`;
const artifacts = `SELECT 'artifacts' AS kind, id, blob_key AS key, bytes, digest FROM artifacts
  WHERE removed_at IS NULL`;
const archives = `SELECT 'archives' AS kind, repo || ' ' || tree AS id, blob_key AS key, bytes, digest FROM source_archives`;

export interface References {
  count(): number;
  /** Remembers an object that is there. */
  seen(key: string, bytes: number): void;
  /** Whether a row names it, the journal of a running attempt does, or its removal is under way. */
  isAccountedFor(key: string): boolean;
  /** Those that no object was seen for, and those whose object has another size. */
  unmatched(): Iterable<Reference & { readonly seenBytes: number | null }>;
  all(): Iterable<Reference>;
  /** The reference is still there: retention may have let it go meanwhile. */
  stillThere(reference: Reference): boolean;
}

export function readReferences(raw: Database): References {
  // What was seen may be millions of keys: SQLite keeps them on disk when they are too many.
  raw.run('CREATE TEMP TABLE seen (key TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID');
  const insert = raw.prepare('INSERT OR REPLACE INTO temp.seen (key, bytes) VALUES (?, ?)');
  const wanted = raw.prepare(
    `SELECT 1 FROM sealed_logs WHERE blob_key = ?1
     UNION ALL SELECT 1 FROM artifacts WHERE blob_key = ?1 AND removed_at IS NULL
     UNION ALL SELECT 1 FROM source_archives WHERE blob_key = ?1
     UNION ALL SELECT 1 FROM unwanted_blobs WHERE key = ?1
     UNION ALL SELECT 1 FROM attempts JOIN journal ON journal.attempt_id = attempts.id
       WHERE attempts.state = 'running' AND journal.step = 'artifacts' AND instr(journal.data, ?1) > 0
     LIMIT 1`,
  );
  const all = `${logs} UNION ALL ${artifacts} UNION ALL ${archives}`;
  return {
    count: () => raw.query<{ count: number }, []>(`SELECT count(*) AS count FROM (${all})`).get()?.count ?? 0,
    seen: (key, bytes) => void insert.run(key, bytes),
    isAccountedFor: (key) => wanted.get(key) !== null,
    unmatched: () =>
      raw
        .query<Reference & { seenBytes: number | null }, []>(
          `SELECT named.*, seen.bytes AS seenBytes FROM (${all}) AS named LEFT JOIN temp.seen ON seen.key = named.key
           WHERE seen.key IS NULL OR (named.bytes IS NOT NULL AND named.bytes <> seen.bytes)`,
        )
        .all(),
    all: () => raw.query<Reference, []>(all).iterate(),
    stillThere({ kind, id }) {
      return (
        raw
          .query<unknown, [string, string]>(`SELECT 1 FROM (${all}) WHERE kind = ? AND id = ?`)
          .get(kind, id) !== null
      );
    },
  };
}
