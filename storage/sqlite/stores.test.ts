import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../agent/kit/log.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { buildQueryConformance } from '../conformance/build-queries.ts';
import { buildStoreConformance } from '../conformance/build-store.ts';
import { machineStoreConformance } from '../conformance/machine-store.ts';
import { sourceStoreConformance } from '../conformance/source-store.ts';
import type { Home } from '../conformance/stores.ts';
import { tokenStoreConformance } from '../conformance/token-store.ts';
import { openSqliteStores } from './stores.ts';

async function sqliteHome(): Promise<Home> {
  const dir = await mkdtemp(join(tmpdir(), 'croft-sqlite-'));
  return {
    open: () => openSqliteStores({ file: join(dir, 'croft.db'), clock: createManualClock(), log: silentLog }),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

buildStoreConformance('SQLite file', sqliteHome);
buildQueryConformance('SQLite file', sqliteHome);
sourceStoreConformance('SQLite file', sqliteHome);
machineStoreConformance('SQLite file', sqliteHome);
tokenStoreConformance('SQLite file', sqliteHome);
