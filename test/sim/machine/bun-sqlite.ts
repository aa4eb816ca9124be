/**
 * Stands in for `bun:sqlite` in the bundle: the real database, with a hand on its transactions. A process of the bottle that dies
 * takes its open transaction with it, and a disk may refuse to begin or to commit one.
 */
import * as real from 'bun:sqlite';
import { runningKernel } from '../kernel/kernel.ts';

export const SQLiteError = real.SQLiteError;

export interface TransactionHook {
  /** May throw what the disk answers; a dead process gets no further than this. */
  readonly before: (statement: string) => void;
  readonly after: (statement: string) => void;
}

let hook: TransactionHook = { before: () => undefined, after: () => undefined };
const open = new Set<Database>();

export function watchTransactions(by: TransactionHook): void {
  hook = by;
}

/** What the system does for a process that is gone. */
export function closeDatabases(): void {
  for (const database of open) {
    try {
      if (database.inTransaction) database.run('ROLLBACK');
    } finally {
      // With `true` its prepared statements go too; without, its memory would stay.
      database.close(true);
    }
  }
  open.clear();
}

const watched = /^(?:BEGIN IMMEDIATE|COMMIT|SAVEPOINT body|RELEASE body|ROLLBACK TO body)$/;

export class Database extends real.Database {
  constructor(...args: ConstructorParameters<typeof real.Database>) {
    super(...args);
    open.add(this);
  }

  override prepare(sql: string, ...rest: unknown[]) {
    const statement = Reflect.apply(super.prepare, this, [sql, ...rest]);
    if (!watched.test(sql)) return statement;
    const run = statement.run.bind(statement);
    statement.run = (...args: unknown[]) => {
      if (!runningKernel().current.alive) throw new Error('The process is gone');
      hook.before(sql);
      const result = run(...args);
      hook.after(sql);
      return result;
    };
    return statement;
  }

  override close(throwOnError?: boolean): void {
    open.delete(this);
    super.close(throwOnError);
  }
}
