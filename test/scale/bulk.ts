/** Many rows at once into the product's own schema: its indexes are taken away before and made again after. */
import { Database } from 'bun:sqlite';

export type Value = string | number | null | Uint8Array;

export interface Bulk {
  /** A writer of rows whose columns are named once, in order. */
  into(table: string, columns: readonly string[]): (values: readonly Value[]) => void;
  /** Rows of many tables in one transaction: called now and then, so that none grows without end. */
  commit(): void;
  /** Makes the indexes and leaves the file as the product expects it. */
  finish(say: (text: string) => void): void;
}

interface IndexRow {
  readonly name: string;
  readonly sql: string;
}

/** The file was made and migrated by the product before. */
export function openBulk(file: string): Bulk {
  const database = new Database(file, { readwrite: true, strict: true });
  for (const pragma of [
    'journal_mode = OFF',
    'synchronous = OFF',
    'foreign_keys = OFF',
    'cache_size = -1000000',
  ])
    database.run(`PRAGMA ${pragma}`);
  const indexes = database
    .query<IndexRow, []>("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    .all();
  for (const { name } of indexes) database.run(`DROP INDEX \`${name}\``);
  database.run('BEGIN');
  return {
    into(table, columns) {
      const places = columns.map(() => '?').join(', ');
      const statement = database.prepare<unknown, Value[]>(
        `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places})`,
      );
      return (values) => {
        statement.run(...values);
      };
    },
    commit() {
      database.run('COMMIT');
      database.run('BEGIN');
    },
    finish(say) {
      database.run('COMMIT');
      for (const { name, sql } of indexes) {
        say(`index ${name}`);
        database.run(sql);
      }
      database.run('PRAGMA journal_mode = WAL');
      database.close(true);
    },
  };
}
