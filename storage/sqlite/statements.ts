import { getTableColumns, sql } from 'drizzle-orm';
import type { BunSQLiteDatabase } from 'drizzle-orm/bun-sqlite';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';

/** A value that is given when the prepared statement runs, under this name. */
export function param(name: string) {
  return sql.placeholder(name);
}

/** The same on the right side of an assignment, where the query builder wants an expression. */
export function given(name: string) {
  return sql`${sql.placeholder(name)}`;
}

/** A placeholder for every column, under the name that the table gives it. */
function paramsOf<T extends SQLiteTable>(table: T): T['$inferInsert'] {
  const names = Object.keys(getTableColumns(table));
  // The type says "a value for each column", and a placeholder stands for one.
  return Object.fromEntries(names.map((name) => [name, param(name)])) as T['$inferInsert'];
}

/** A prepared INSERT of whole rows. */
export function inserter<T extends SQLiteTable>(
  db: BunSQLiteDatabase,
  table: T,
): (row: T['$inferSelect']) => void {
  const statement = db.insert(table).values(paramsOf(table)).prepare();
  return (row) => statement.run(row);
}

/** The same, leaving a row that is there already as it is. */
export function inserterIfMissing<T extends SQLiteTable>(
  db: BunSQLiteDatabase,
  table: T,
): (row: T['$inferSelect']) => void {
  const statement = db.insert(table).values(paramsOf(table)).onConflictDoNothing().prepare();
  return (row) => statement.run(row);
}
