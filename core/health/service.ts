import type { Clock } from '../../agent/kit/clock.ts';
import type { BlobStore } from '../blobs/ports.ts';
import type { FarmSettings } from '../builders/index.ts';
import { type Build, type Builds, isFinished } from '../builds/types.ts';
import type { Tell } from '../facts/index.ts';
import type { Logs } from '../logs/index.ts';
import type { Machines } from '../machines/types.ts';
import type { SourceStore } from '../source/ports.ts';
import type { RepositoryState } from '../source/types.ts';
import { healthChecks } from './checks.ts';
import { countMachines, expectedOf } from './figures.ts';
import { createLoopLag } from './loop-lag.ts';
import { createMemory } from './memory.ts';
import { ownChecks } from './own-checks.ts';
import type { HealthProbes } from './ports.ts';
import { createProbe } from './probing.ts';
import type { FarmHealth, Figures, HealthReport, Sample } from './types.ts';

export interface HealthDeps {
  readonly clock: Clock;
  readonly tell: Tell;
  readonly probes: HealthProbes;
  readonly settings: Pick<FarmSettings, 'state'>;
  readonly builds: Pick<Builds, 'counts' | 'overlooked' | 'onChange'>;
  readonly machines: Pick<Machines, 'list'>;
  readonly logs: Pick<Logs, 'figures'>;
  readonly blobs: Pick<BlobStore, 'stat'>;
  readonly commits: Pick<SourceStore, 'states'>;
  /** Of this process, resident. */
  readonly memoryBytes: (() => number) | null;
}

export interface HealthOptions {
  /** Below this much room on the disk of the data folder somebody should look; 0: never. */
  readonly diskFreeBytes: number;
  /** Between two looks, each of which is a point of the history; the usual pause without it. */
  readonly lookEveryMs?: number;
}

export interface HealthService extends FarmHealth {
  /** Looks around at once and then again and again, until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
  /** A part of the coordinator that should work until the end has ended. */
  loopEnded(name: string, message: string): void;
}

interface Seen {
  readonly at: number;
  readonly counts: ReturnType<Builds['counts']>;
  readonly machines: ReturnType<Machines['list']>;
}

const usualLookMs = 10_000;
/** The program may be replaced under a running farm, but not every ten seconds. */
const looksPerGit = 30;
const samplesKept = 360;
/** No object has this key: that the store can say so is what is asked. */
const probeKey = 'health/probe';

export function createHealth(deps: HealthDeps, options: HealthOptions): HealthService {
  const { clock, probes, builds, settings } = deps;
  const { lookEveryMs = usualLookMs } = options;
  const database = createProbe(deps, 'The database', probes.database.check);
  const blobs = createProbe(deps, 'The blob store', async () => {
    await deps.blobs.stat(probeKey);
  });
  const disk = createProbe(deps, 'The disk of the data folder', probes.disk.room);
  const git = createProbe(deps, 'The git program', probes.git.version);
  const states = createProbe(deps, 'The database', () => deps.commits.states());
  const loopLag = createLoopLag(deps, lookEveryMs / 20);
  const endedLoops: { readonly name: string; readonly message: string }[] = [];
  const memory = createMemory();
  const samples: Sample[] = [];
  let startedAt = clock.now();
  let repositories: readonly RepositoryState[] = [];
  let overlooked: readonly [number, number] = [0, 0];
  let ended = 0;
  let passed = 0;
  let looks = 0;

  function countEnd({ state }: Build): void {
    if (!isFinished(state)) return;
    ended++;
    if (state === 'passed') passed++;
  }

  async function look(): Promise<void> {
    const asked = [database.look(), blobs.look(), disk.look(), states.look()];
    if (looks++ % looksPerGit === 0) asked.push(git.look());
    await Promise.all(asked);
    const known = states.latest();
    if (known?.ok === true) repositories = known.value;
    overlooked = [overlooked[1], builds.overlooked()];
  }

  /** Counting and listing take a pass over all that waits and all machines: once, for everything that is made of them. */
  function see(): Seen {
    return { at: clock.now(), counts: builds.counts(), machines: deps.machines.list() };
  }

  function figuresOf({ at, counts, machines }: Seen): Figures {
    const { running, waiting, impossible, oldestAt, queues } = counts;
    const { config, broken } = settings.state();
    const room = disk.latest();
    const { open, unflushedBytes } = deps.logs.figures();
    const watched = new Set(config.repositories.map(({ name }) => name));
    return {
      at,
      waiting,
      running,
      impossible,
      oldestWaitMs: oldestAt === null ? null : Math.max(0, at - oldestAt),
      queues,
      ...countMachines(machines),
      expected: expectedOf(config),
      repositories: repositories
        .filter(({ repo }) => watched.has(repo))
        .map(({ repo, lastCheckedAt, lastError }) => ({
          repo,
          lastCheckedAt,
          isFailing: lastError !== null,
        })),
      configBroken: broken !== null,
      openLogs: open,
      unflushedBytes,
      databaseRefuses: probes.database.refusal() !== null,
      diskFreeBytes: room?.ok === true ? room.value.freeBytes : null,
      diskTotalBytes: room?.ok === true ? room.value.totalBytes : null,
      loopLagMs: loopLag.worstMs(),
      memoryBytes: deps.memoryBytes?.() ?? null,
    };
  }

  function takeSample(seen: Seen): void {
    const { at, waiting, running, links, oldestWaitMs, loopLagMs, memoryBytes, diskFreeBytes, slots } =
      figuresOf(seen);
    const busySlots = slots.reduce((sum, { state, count }) => (state === 'busy' ? sum + count : sum), 0);
    samples.push({
      ...{ at, waiting, running, links, busySlots, oldestWaitMs: oldestWaitMs ?? 0 },
      ...{ loopLagMs, memoryBytes, diskFreeBytes, ended, passed },
    });
    if (samples.length > samplesKept) samples.shift();
    ended = 0;
    passed = 0;
  }

  function reportOf({ at: now, counts, machines }: Seen): HealthReport {
    const { waiting, impossible, oldestAt } = counts;
    const own = ownChecks({
      now,
      database: {
        refusal: probes.database.refusal(),
        lastFailure: probes.database.lastFailure(),
        probed: database.latest(),
      },
      blobs: blobs.latest(),
      disk: disk.latest(),
      diskFreeBytes: options.diskFreeBytes,
      git: git.latest(),
      overlooked,
      loopLagMs: loopLag.worstMs(),
      endedLoops,
      failingLogs: deps.logs.figures().failing,
    });
    const farm = healthChecks({
      now,
      startedAt,
      config: settings.state(),
      repositories,
      machines,
      queue: { waiting, impossible, oldestMs: oldestAt === null ? null : now - oldestAt },
    });
    return memory.report([...own, ...farm], now);
  }

  return {
    report: () => reportOf(see()),
    figures: () => figuresOf(see()),
    history: () => ({ everyMs: lookEveryMs, samples: [...samples] }),
    async run(signal) {
      startedAt = clock.now();
      const stop = builds.onChange(countEnd);
      const lag = loopLag.run(signal);
      while (!signal.aborted) {
        await look();
        if (signal.aborted) break;
        const seen = see();
        takeSample(seen);
        // What nobody asks for must not look as if it had begun when somebody does.
        reportOf(seen);
        await clock.sleep(lookEveryMs, signal).catch((error: unknown) => {
          if (!signal.aborted) throw error;
        });
      }
      stop();
      await lag;
    },
    loopEnded: (name, message) => endedLoops.push({ name, message }),
  };
}
