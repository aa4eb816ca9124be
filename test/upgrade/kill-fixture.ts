/** A process that migrates a database and dies by SIGKILL before its statement number `n`, or ends well when there are fewer. */
import { Database } from 'bun:sqlite';
import { sqliteMigrations } from '../../storage/migrations/sqlite/index.ts';
import { migrate } from '../../storage/sqlite/migrator.ts';

const [, , file = '', n = '0'] = process.argv;
const raw = new Database(file, { readwrite: true, strict: true });
raw.run('PRAGMA journal_mode = WAL');
const run = raw.run.bind(raw);
let statements = 0;
raw.run = (sql: string, ...values) => {
  if (statements === Number(n)) process.kill(process.pid, 'SIGKILL');
  statements++;
  return run(sql, ...values);
};
migrate(raw, sqliteMigrations, 0);
raw.close();
