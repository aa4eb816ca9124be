/** A second process: tries to open the database that it is given, and says how that went. */
import { writeSync } from 'node:fs';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { toFarmError } from '../../agent/wire/farm-error.ts';
import { openSqliteDatabase } from './database.ts';

try {
  const database = await openSqliteDatabase({
    file: process.argv[2] ?? '',
    clock: createSystemClock(),
    log: silentLog,
  });
  await database.close();
  writeSync(1, 'opened\n');
} catch (error) {
  const { code, message } = toFarmError(error);
  writeSync(1, `${code} ${message}\n`);
}
