/** A data folder with finished builds of many ages, and retention over it as the coordinator has it. */
import { join } from 'node:path';
import { silentLog } from '../../agent/kit/log.ts';
import { createBlobHolds } from '../../core/blobs/index.ts';
import type { BlobStore } from '../../core/blobs/ports.ts';
import { policyDefaults } from '../../core/builders/defaults.ts';
import type { KeepRule } from '../../core/builders/index.ts';
import { createRetention, type RetentionDeps } from '../../core/retention/index.ts';
import { createRemovalGate } from '../../storage/backup/gate.ts';
import { openFolderBlobs } from '../../storage/blobs/folder.ts';
import { claimOf, endOf } from '../../storage/conformance/build-store.ts';
import { artifact, joinMachine, newBuild, noon, sealedLog } from '../../storage/conformance/samples.ts';
import { openSqliteStores, type SqliteStores } from '../../storage/sqlite/stores.ts';
import { createQuickClock } from './quick-clock.ts';

export const day = 86_400_000;
export const today = noon + 1_000 * day;

export async function put(blobs: BlobStore, key: string, text: string): Promise<void> {
  async function* content() {
    yield new TextEncoder().encode(text);
  }
  await blobs.put(key, content());
}

export async function openKept(dir: string) {
  const clock = createQuickClock(today);
  const stores = await openSqliteStores({ file: join(dir, 'croft.db'), clock, log: silentLog });
  const blobs = await openFolderBlobs(join(dir, 'blobs'));
  return { clock, stores, blobs };
}

/** Build `i` ended `i` days ago; its log is a blob, one artifact is its own, and one it shares with its neighbour. */
export async function fill(stores: SqliteStores, blobs: BlobStore, count: number): Promise<void> {
  await joinMachine(stores.machines, 'm1');
  for (let i = count - 1; i >= 0; i--) {
    const [build, attempt] = [`b${i}`, `a${i}`];
    const at = today - i * day;
    const shared = `artifacts/shared${Math.floor(i / 2)}`;
    await put(blobs, `logs/${attempt}/0`, `log ${i}`);
    await put(blobs, `artifacts/own${i}`, `own ${i}`);
    await put(blobs, shared, 'shared');
    await stores.builds.create([newBuild(build)]);
    await stores.builds.claim(claimOf(build, attempt, { at }));
    await stores.builds.endAttempt(
      endOf(build, attempt, {
        at,
        log: sealedLog(attempt, {
          bytes: 100,
          sealedAt: at,
          content: { kind: 'blob', key: `logs/${attempt}/0` },
        }),
        artifacts: [
          artifact(`own${i}`, attempt, build),
          artifact(`sh${i}`, attempt, build, { path: 'shared.txt', blobKey: shared }),
        ],
      }),
    );
  }
}

export function retentionOf(
  dir: string,
  farm: Awaited<ReturnType<typeof openKept>>,
  rules: Partial<Record<'logs' | 'artifacts' | 'archives' | 'mirrors', Partial<KeepRule>>>,
  over: Partial<RetentionDeps> = {},
) {
  const none: KeepRule = { ageMs: null, bytes: null };
  const retention = {
    logs: { ...none, ...rules.logs },
    artifacts: { ...none, ...rules.artifacts },
    archives: { ...none, ...rules.archives },
    mirrors: { ...none, ...rules.mirrors },
  };
  return createRetention({
    store: farm.stores.retention,
    mirrors: { list: async () => [], remove: async () => undefined },
    blobs: farm.blobs,
    holds: createBlobHolds(),
    gate: createRemovalGate(dir),
    config: () => ({ repositories: [], policies: { ...policyDefaults, retention } }),
    clock: farm.clock,
    log: silentLog,
    ...over,
  });
}
