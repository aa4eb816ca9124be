/** Every migration of the SQLite schema, oldest first, embedded as text so that a compiled program carries them. */
import first from './0000_first.sql' with { type: 'text' };

export interface Migration {
  /** From 0, without gaps. */
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

export const sqliteMigrations: readonly Migration[] = [{ number: 0, name: '0000_first', sql: first }];
