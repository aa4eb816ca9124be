/** Every migration of the SQLite schema, oldest first, embedded as text so that a compiled program carries them. */
import first from './0000_first.sql' with { type: 'text' };
import slimGrid from './0001_slim-grid.sql' with { type: 'text' };
import retention from './0002_retention.sql' with { type: 'text' };

export interface Migration {
  /** From 0, without gaps. */
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

export const sqliteMigrations: readonly Migration[] = [
  { number: 0, name: '0000_first', sql: first },
  { number: 1, name: '0001_slim-grid', sql: slimGrid },
  { number: 2, name: '0002_retention', sql: retention },
];
