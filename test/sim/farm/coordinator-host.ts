/** The machine of the coordinator: starts its process on its disk and its database, kills it, and starts the next one. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { join } from 'node:path';
import { createIdSource } from '../../../agent/kit/ids.ts';
import { defaultConfig } from '../../../core/builders/index.ts';
import type { ConfigFile } from '../../../core/builders/ports.ts';
import { createCoordinator, type RunningCoordinator } from '../../../core/coordinator.ts';
import { createRemovalGate } from '../../../storage/backup/gate.ts';
import { openFolderBlobs } from '../../../storage/blobs/folder.ts';
import { openLogFiles } from '../../../storage/logs/files.ts';
import { openSqliteStores } from '../../../storage/sqlite/stores.ts';
import { createChance } from '../kernel/chance.ts';
import { createHostClock, type WallClock } from '../kernel/host-clock.ts';
import type { Kernel, Owner } from '../kernel/kernel.ts';
import { closeDatabases } from '../machine/bun-sqlite.ts';
import type { Ledger } from './ledger.ts';
import type { Network } from './network.ts';
import { observedStore } from './observed-store.ts';
import type { GitServer } from './source.ts';
import { repositoryUrl } from './source.ts';
import type { Trace } from './trace.ts';

export interface CoordinatorHost {
  start(): void;
  /** The process is gone, from this moment on. */
  kill(why: string): void;
  /** Asks it to stop; `kill` is what follows when it takes too long. */
  stop(): void;
  /** Undefined while it is down or starting. */
  readonly running: RunningCoordinator | undefined;
  readonly owner: Owner;
  readonly wall: WallClock;
}

export interface CoordinatorHostDeps {
  readonly kernel: Kernel;
  readonly seed: number;
  /** Real folder of the database. */
  readonly dir: string;
  readonly ledger: Ledger;
  readonly network: Network;
  readonly git: GitServer;
  readonly trace: Trace;
  readonly configFile: ConfigFile;
  /** A process took up its work. */
  readonly onStarted: (coordinator: RunningCoordinator) => void;
  /** It ended by itself or could not start. */
  readonly onEnded: () => void;
}

const ed25519Prefix = Buffer.from('302a300506032b6570032100', 'hex');

function verifySignature(publicKey: string, text: string, signature: string): boolean {
  const key = createPublicKey({
    key: Buffer.concat([ed25519Prefix, Buffer.from(publicKey, 'base64')]),
    format: 'der',
    type: 'spki',
  });
  return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'));
}

export function createCoordinatorHost(deps: CoordinatorHostDeps): CoordinatorHost {
  const { kernel, network, trace, ledger } = deps;
  const wall: WallClock = { offsetMs: 0 };
  let owner: Owner = { name: 'coordinator', alive: false };
  let running: RunningCoordinator | undefined;
  let stopping = new AbortController();
  let incarnation = 0;

  async function boot(self: Owner): Promise<void> {
    const clock = createHostClock(kernel, self, wall);
    const randomness = createChance(deps.seed, 'coordinator', incarnation);
    const log = trace.logOf('coordinator', () => self.alive);
    const stores = await openSqliteStores({ file: join(deps.dir, 'croft.db'), clock, log });
    const ports = {
      clock,
      randomness,
      ids: createIdSource({ now: clock.now, randomness }),
      log,
      blobs: await openFolderBlobs('/sim/coordinator/blobs'),
      logFiles: await openLogFiles('/sim/coordinator/logs'),
      sealedLogs: stores.sealedLogs,
      mirrors: deps.git.mirrors(clock, randomness),
      sourceStore: stores.source,
      buildStore: observedStore(stores.builds, ledger),
      machineStore: stores.machines,
      tokenStore: stores.tokens,
      configFile: deps.configFile,
      verify: verifySignature,
      hash: (secret: string) => createHash('sha256').update(secret).digest('hex'),
      retention: {
        store: stores.retention,
        mirrors: { list: async () => [], remove: async () => undefined },
        gate: createRemovalGate(deps.dir),
      },
      probes: {
        database: stores.probe,
        disk: { room: async () => ({ freeBytes: 1024 ** 4, totalBytes: 1024 ** 4 }) },
        git: { version: async () => '2.50.0' },
      },
    };
    const coordinator = await createCoordinator(ports, {
      fallback: defaultConfig({ repository: repositoryUrl }),
      version: 'bottle',
      adminTokenHash: '0'.repeat(64),
      // Each look costs real time, and days of them tell nothing new.
      healthEveryMs: 600_000,
    });
    await coordinator.start();
    running = coordinator;
    network.listen(self, (transport, machine) => void coordinator.machines.accept(transport, machine));
    deps.onStarted(coordinator);
    await coordinator.run(stopping.signal);
    await stores.close();
  }

  function begin(): void {
    closeDatabases();
    incarnation++;
    stopping = new AbortController();
    const self: Owner = { name: 'coordinator', alive: true };
    owner = self;
    trace.add('coordinator', `starts (process ${incarnation})`);
    kernel.after(self, 0, () => {
      boot(self).then(
        () => ended(self, 'stopped'),
        (error: unknown) => ended(self, `failed: ${error instanceof Error ? error.message : String(error)}`),
      );
    });
  }

  function ended(self: Owner, how: string): void {
    if (!self.alive) return;
    bury(self);
    trace.add('coordinator', how);
    deps.onEnded();
  }

  function bury(self: Owner): void {
    self.alive = false;
    running = undefined;
    network.listen(undefined, () => undefined);
    network.died(self);
  }

  return {
    start: begin,
    kill(why) {
      if (!owner.alive) return;
      bury(owner);
      trace.add('coordinator', `killed: ${why}`);
    },
    stop() {
      kernel.after(owner, 0, () => stopping.abort(new Error('asked to stop')));
    },
    get running() {
      return running;
    },
    get owner() {
      return owner;
    },
    wall,
  };
}
