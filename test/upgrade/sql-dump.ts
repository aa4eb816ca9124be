/** A whole SQLite database as SQL text, so that a golden one can be reviewed and diffed like any other file. */
import type { Database } from 'bun:sqlite';

interface MasterRow {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

/** Tables with their rows first, then indexes, triggers and views; the same database gives the same text. */
export function dumpSql(database: Database): string {
  const objects = database
    .query<MasterRow, []>(
      "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type <> 'table', name",
    )
    .all();
  const lines = ['PRAGMA foreign_keys = OFF;', 'BEGIN;'];
  for (const { type, name, sql } of objects) {
    lines.push(`${sql};`);
    if (type === 'table') lines.push(...rowsOf(database, name));
  }
  return `${[...lines, 'COMMIT;'].join('\n')}\n`;
}

function rowsOf(database: Database, table: string): string[] {
  const columns = database.query<{ name: string }, []>(`PRAGMA table_info("${table}")`).all();
  const quoted = columns.map(({ name }) => `quote("${name}")`).join(` || ',' || `);
  const order = columns.map((_, index) => index + 1).join(', ');
  const names = columns.map(({ name }) => `"${name}"`).join(', ');
  return database
    .query<{ row: string }, []>(
      `SELECT ${quoted} AS row FROM (SELECT ${names} FROM "${table}" ORDER BY ${order})`,
    )
    .all()
    .map(({ row }) => `INSERT INTO "${table}" (${names}) VALUES (${row});`);
}
