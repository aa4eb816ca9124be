/** A real coordinator on real storage in a temporary folder, without a port, and past builds put into its store. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, createSystemClock } from '../../agent/kit/clock.ts';
import { createIdSource, createSystemRandomness, type IdSource } from '../../agent/kit/ids.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { defaultConfig } from '../../core/builders/index.ts';
import type { Policies } from '../../core/builders/types.ts';
import { createCoordinator, type RunningCoordinator } from '../../core/coordinator.ts';
import { openStorage, type Storage } from '../../storage/open.ts';
import { makeRepository, type TestRepository } from '../farm/repository.ts';

export const adminToken = 'croft_admin_of_the_test';

export interface Backend {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly coordinator: RunningCoordinator;
  readonly storage: Storage;
  readonly repository: TestRepository;
  stop(): Promise<void>;
}

export function sha256(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

export async function startBackend(policies: Partial<Policies> = {}): Promise<Backend> {
  const dir = mkdtempSync(join(tmpdir(), 'croft-api-'));
  const repository = makeRepository(join(dir, 'repo'));
  repository.commit({ 'croft.json': '{"steps":["true"]}' }, 'The first commit');
  const clock = createSystemClock();
  const randomness = createSystemRandomness();
  const ids = createIdSource({ now: clock.now, randomness });
  const storage = await openStorage({
    dir: join(dir, 'data'),
    clock,
    log: silentLog,
    blobs: { kind: 'folder' },
    configFile: null,
    environment: process.env,
  });
  const config = defaultConfig({ repository: repository.dir });
  const coordinator = await createCoordinator(
    { clock, randomness, ids, log: silentLog, hash: sha256, verify: () => false, ...storage },
    {
      fallback: { ...config, policies: { ...config.policies, ...policies } },
      version: '0',
      adminTokenHash: sha256(adminToken),
    },
  );
  await coordinator.start();
  const stop = new AbortController();
  const running = coordinator.run(stop.signal);
  return {
    clock,
    ids,
    coordinator,
    storage,
    repository,
    async stop() {
      stop.abort(new Error('The test is over'));
      await running;
      await storage.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
