/**
 * Joins the capabilities of core into one coordinator, over ports only: the program (`main.ts`) hands in real ones, a simulation
 * hands in its own. The order of starting is the order of trust: what is stored is taken up before anything new comes in.
 */
import type { Clock } from '../agent/kit/clock.ts';
import type { IdSource, Randomness } from '../agent/kit/ids.ts';
import type { Log } from '../agent/kit/log.ts';
import { toFarmError } from '../agent/wire/farm-error.ts';
import { createAccess } from './access/index.ts';
import { createBlobHolds } from './blobs/index.ts';
import { createFarmSettings, type FarmConfig, planBuild } from './builders/index.ts';
import { createBuilds } from './builds/index.ts';
import { type Tell, untold } from './facts/index.ts';
import { createHealth } from './health/index.ts';
import { createLogs } from './logs/index.ts';
import { createFleet, type FleetDeps } from './machines/index.ts';
import type { StoragePorts } from './ports.ts';
import { createRetention } from './retention/index.ts';
import { createScheduler } from './scheduler/index.ts';
import type { SchedulerPolicy } from './scheduler/types.ts';
import { createSource } from './source/index.ts';
import type { Coordinator } from './types.ts';
import { createWork } from './work/index.ts';

/** Everything outside of core that a coordinator stands on. */
export interface CoordinatorPorts extends StoragePorts {
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly ids: IdSource;
  readonly log: Log;
  readonly verify: FleetDeps['verify'];
  readonly hash: FleetDeps['hash'];
  /** Hears what happens, for metrics. */
  readonly tell?: Tell;
  /** Of this process, resident. */
  readonly memoryBytes?: () => number;
}

export interface CoordinatorOptions {
  /** In force while there is no configuration file. */
  readonly fallback: FarmConfig;
  readonly version: string;
  /** SHA-256 of the admin token, hex. */
  readonly adminTokenHash: string;
  /** Below this much room on the disk of the data folder health says so; without it, or 0: never. */
  readonly diskFreeBytes?: number;
  /** Between two looks at health; a simulation of many days has no use for one each ten seconds. */
  readonly healthEveryMs?: number;
}

export interface RunningCoordinator extends Coordinator {
  /** Takes up what is stored. Only after this may agents dial in and people ask. */
  start(): Promise<void>;
  /** Works until the signal fires, then leaves everything so that the next start goes on. */
  run(signal: AbortSignal): Promise<void>;
}

const configPollMs = 1_000;

function policyOf(config: FarmConfig): SchedulerPolicy {
  return {
    weights: config.policies.weights,
    hostTypes: config.hostTypes.map(({ name, expected }) => ({ name, expected })),
    builders: config.builders.map(({ name }) => name),
  };
}

/** Rejects when the configuration file is there and has mistakes: a farm does not start on half of what was meant. */
export async function createCoordinator(
  ports: CoordinatorPorts,
  options: CoordinatorOptions,
): Promise<RunningCoordinator> {
  const { clock, randomness, ids, log, blobs, tell = untold } = ports;
  const settings = await createFarmSettings(
    { file: ports.configFile, fallback: options.fallback, clock, log },
    { pollMs: configPollMs },
  );
  const config = () => settings.state().config;
  const holds = createBlobHolds();
  const logs = createLogs({ files: ports.logFiles, sealed: ports.sealedLogs, blobs, clock, log, tell });
  const fleet = createFleet({
    store: ports.machineStore,
    clock,
    ids,
    randomness,
    log,
    tell,
    verify: ports.verify,
    hash: ports.hash,
    policies: () => config().policies,
    version: options.version,
  });
  const source = createSource({
    mirrors: ports.mirrors,
    store: ports.sourceStore,
    settings,
    clock,
    randomness,
    log,
    blobs,
    holds,
  });
  const scheduler = createScheduler();
  const builds = createBuilds({
    scheduler,
    store: ports.buildStore,
    fleet,
    logs,
    blobs,
    holds,
    clock,
    ids,
    randomness,
    log,
    tell,
    builder: (name) => config().builders.find((builder) => builder.name === name) ?? null,
    plan: (builder, repo, commit) => planBuild(builder, source.files(repo, commit)),
    archive: (repo, commit, signal) => source.archiveOf(repo, commit, signal),
    logBytes: () => config().policies.logBytes,
  });
  const work = createWork({
    source,
    builds: ports.buildStore,
    store: ports.sourceStore,
    settings,
    clock,
    ids,
    log,
    onCreated: (created) => builds.admit(created),
  });
  const access = createAccess({
    store: ports.tokenStore,
    clock,
    ids,
    randomness,
    hash: ports.hash,
    adminTokenHash: options.adminTokenHash,
  });

  const retention = createRetention({ ...ports.retention, blobs, holds, config, clock, log });
  const health = createHealth(
    {
      clock,
      tell,
      probes: ports.probes,
      settings,
      builds,
      machines: fleet,
      logs,
      blobs,
      commits: ports.sourceStore,
      memoryBytes: ports.memoryBytes ?? null,
    },
    {
      diskFreeBytes: options.diskFreeBytes ?? 0,
      ...(options.healthEveryMs === undefined ? {} : { lookEveryMs: options.healthEveryMs }),
    },
  );

  /** A part that ends by itself is a defect: the rest goes on, and everybody who looks is told. */
  async function watched(name: string, loop: Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      await loop;
      if (!signal.aborted) health.loopEnded(name, 'it is over');
    } catch (error) {
      if (signal.aborted) return;
      const { message } = toFarmError(error);
      log.error('coordinator.loop-broke', { loop: name, message });
      health.loopEnded(name, message);
    }
  }

  return {
    settings,
    source,
    commits: ports.sourceStore,
    work,
    builds,
    machines: fleet,
    logs,
    access,
    blobs,
    health,
    retention,
    async start() {
      await logs.removeLeftovers();
      await fleet.start();
      await builds.start(policyOf(config()));
      settings.onChange(() => builds.setPolicy(policyOf(config())));
      await work.start();
    },
    async run(signal) {
      const leaving = new AbortController();
      const machines = watched('machines', fleet.run(leaving.signal), leaving.signal);
      await Promise.all([
        watched('configuration', settings.run(signal), signal),
        watched('repositories', source.run(signal), signal),
        watched('retention', retention.run(signal), signal),
        watched('health', health.run(signal), signal),
      ]);
      await work.stop();
      // Before the agents hear goodbye: to an attempt that is still at work, a link closed by us would be a failure of its own.
      await builds.stop();
      leaving.abort(signal.reason);
      await machines;
      await logs.stop();
    },
  };
}
