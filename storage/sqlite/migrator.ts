import type { Database } from 'bun:sqlite';
import { createHash } from 'node:crypto';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { Migration } from '../migrations/sqlite/index.ts';

interface AppliedRow {
  readonly number: number;
  readonly name: string;
  readonly hash: string;
}

/**
 * Brings the database to the newest schema: every migration that is applied already has to be known, with the same number,
 * name and hash, in the same order; the rest is applied, each in its own transaction. Rejects with `conflict` for a database
 * of a newer Croft and for a history that differs.
 */
export function migrate(raw: Database, migrations: readonly Migration[], now: number): { applied: number } {
  raw.run(
    `CREATE TABLE IF NOT EXISTS schema_migrations (
      number integer PRIMARY KEY NOT NULL, name text NOT NULL, hash text NOT NULL, applied_at integer NOT NULL
    ) STRICT`,
  );
  const done = raw
    .query<AppliedRow, []>('SELECT number, name, hash FROM schema_migrations ORDER BY number')
    .all();
  checkHistory(done, migrations);
  for (const migration of migrations.slice(done.length)) apply(raw, migration, now);
  return { applied: migrations.length - done.length };
}

function checkHistory(done: readonly AppliedRow[], migrations: readonly Migration[]): void {
  if (done.length > migrations.length) {
    throw refused(
      `The database has schema version ${done.length}, and this Croft knows versions up to ${migrations.length}; ` +
        'start the newer Croft that wrote it, or restore an older backup',
      { databaseVersion: done.length, knownVersion: migrations.length },
    );
  }
  for (const [index, row] of done.entries()) {
    const known = migrations[index];
    if (known?.number === row.number && known.name === row.name && hashOf(known) === row.hash) continue;
    throw refused(
      `Migration ${row.number} "${row.name}" of the database is not the one that this Croft has ` +
        `("${known?.name ?? 'none'}"); start the Croft that wrote it, or restore a backup`,
      { databaseVersion: done.length, knownVersion: migrations.length },
    );
  }
}

function apply(raw: Database, migration: Migration, now: number): void {
  const statements = migration.sql.split('--> statement-breakpoint');
  raw
    .transaction(() => {
      for (const statement of statements) raw.run(statement);
      raw.run('INSERT INTO schema_migrations (number, name, hash, applied_at) VALUES (?, ?, ?, ?)', [
        migration.number,
        migration.name,
        hashOf(migration),
        now,
      ]);
    })
    .immediate();
}

/** Line ends may change on the way through a checkout; nothing else may. */
function hashOf(migration: Migration): string {
  return createHash('sha256').update(migration.sql.replaceAll('\r\n', '\n')).digest('hex');
}

function refused(message: string, versions: { databaseVersion: number; knownVersion: number }): FarmError {
  return new FarmError('conflict', message, { blame: 'caller', details: versions });
}
