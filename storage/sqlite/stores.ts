import type { TokenStore } from '../../core/access/ports.ts';
import type { BuildStore } from '../../core/builds/ports.ts';
import type { DatabaseProbe } from '../../core/health/ports.ts';
import type { SealedLogs } from '../../core/logs/ports.ts';
import type { MachineStore } from '../../core/machines/ports.ts';
import type { RetentionStore } from '../../core/retention/ports.ts';
import type { SourceStore } from '../../core/source/ports.ts';
import { createSqliteBuildStore } from './build-store.ts';
import { openSqliteDatabase, type SqliteOptions } from './database.ts';
import { createSqliteMachineStore } from './machine-store.ts';
import { createSqliteRetentionStore } from './retention-store.ts';
import { createSqliteSealedLogs } from './sealed-logs.ts';
import { createSqliteSourceStore } from './source-store.ts';
import { createSqliteTokenStore } from './token-store.ts';

export interface SqliteStores {
  readonly builds: BuildStore;
  readonly sealedLogs: SealedLogs;
  readonly source: SourceStore;
  readonly machines: MachineStore;
  readonly tokens: TokenStore;
  readonly retention: RetentionStore;
  readonly probe: DatabaseProbe;
  close(): Promise<void>;
}

/** Every store on one SQLite file, which this process then holds alone. */
export async function openSqliteStores(options: SqliteOptions): Promise<SqliteStores> {
  const database = await openSqliteDatabase(options);
  return {
    builds: createSqliteBuildStore(database),
    sealedLogs: createSqliteSealedLogs(database),
    source: createSqliteSourceStore(database),
    machines: createSqliteMachineStore(database),
    tokens: createSqliteTokenStore(database),
    retention: createSqliteRetentionStore(database),
    probe: database.probe,
    close: database.close,
  };
}
