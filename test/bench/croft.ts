/** Croft as a system under measurement: a coordinator and an agent as real processes. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Build } from '../../edge/api/model.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { configFor, startFarm, type TestFarm } from '../farm/farm.ts';
import { until } from '../farm/processes.ts';
import { makeRepository } from '../farm/repository.ts';
import { openDoorbell } from './doorbell.ts';
import { goOn, inParallel, loudCommand, type System, slots, startsIn, survivorCommand } from './system.ts';

export interface CroftSystem extends System {
  readonly farm: TestFarm;
  /** Of the last `logRate`: megabytes a second until the verdict, with the log sealed. */
  sealedRate(): number;
}

interface Counts {
  readonly waiting: number;
  readonly running: number;
}

export async function startCroft(options: { readonly logBytes: number }): Promise<CroftSystem> {
  const scratch = mkdtempSync(join(tmpdir(), 'croft-bench-'));
  const repository = makeRepository(join(scratch, 'repo'));
  repository.commit({ 'README.md': 'hello' });
  const doorbell = await openDoorbell(join(scratch, 'doorbell'));
  const startsFile = join(scratch, 'starts');
  const farm = await startFarm({
    ...configFor(repository.dir, [
      builder('trivial', 'true'),
      builder('bell', doorbell.command),
      builder('loud', loudCommand(options.logBytes)),
      builder('survivor', survivorCommand(startsFile)),
    ]),
    // Nothing is pushed here, and git would take its share of every second.
    repositories: [{ name: 'project', url: repository.dir, poll: '1h', history: 1 }],
    hostTypes: [{ name: 'local' }, { name: 'idle' }],
  });
  const ask = askOf(farm);
  let sealed = Number.NaN;

  async function stop(): Promise<void> {
    await farm.stop();
    await doorbell.close();
    rmSync(scratch, { recursive: true, force: true });
  }

  try {
    mkdirSync(join(farm.dir, 'agents'), { recursive: true });
    await farm.startAgent('worker', { slots });
    await farm.connected(1);
    // The first commit builds everything once.
    goOn(startsFile);
    await allEnded(farm);
    for (const file of [startsFile, `${startsFile}.go`]) rmSync(file, { force: true });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name: 'Croft',
    version: packageJson.version,
    farm,
    async latencyMs() {
      const rings = doorbell.next();
      const askedAt = performance.now();
      const { id } = await ask('bell');
      const latency = (await rings) - askedAt;
      await farm.api.finished(id);
      return latency;
    },
    trivialSeconds: (builds) => trivialSeconds(farm, builds),
    async logRate(bytes) {
      if (bytes !== options.logBytes) throw new Error('The loud builder has its size from the start');
      const askedAt = performance.now();
      const build = await farm.api.finished((await ask('loud')).id, 300_000);
      sealed = bytes / 1e3 / (performance.now() - askedAt);
      const span = build.attemptList[0]?.spans.find((found) => found.step === 'run:0');
      if (build.state !== 'passed' || span?.endedAt == null)
        throw new Error(`The loud build ended as ${build.state}: ${build.message}`);
      return bytes / 1e3 / (Date.parse(span.endedAt) - Date.parse(span.startedAt));
    },
    sealedRate: () => sealed,
    ...queueOf(farm),
    survivors: () => survivors(farm, startsFile),
    get pids() {
      return { server: farm.coordinator.pid, worker: farm.agents.get('worker')?.pid ?? 0 };
    },
    stop,
  };
}

function builder(name: string, script: string): object {
  return { name, hostType: 'local', steps: [script] };
}

function askOf(farm: TestFarm): (name: string) => Promise<Build> {
  return (name) => farm.api.post<Build>('/api/v1/builds', { repo: 'project', commit: 'main', builder: name });
}

async function countsOf(farm: TestFarm): Promise<Counts> {
  return (await farm.api.get<{ counts: Counts }>('/api/v1/farm')).counts;
}

async function allEnded(farm: TestFarm): Promise<void> {
  await fewerThan(farm, 1);
}

/** Waits until fewer builds than this wait or run. */
async function fewerThan(farm: TestFarm, limit: number): Promise<void> {
  await until(
    `fewer than ${limit} builds wait or run`,
    async () => {
      const { waiting, running } = await countsOf(farm);
      return waiting + running < limit;
    },
    600_000,
  );
}

async function trivialSeconds(farm: TestFarm, builds: number): Promise<number> {
  const ask = askOf(farm);
  const { waiting, running } = await countsOf(farm);
  const begun = performance.now();
  await inParallel(builds, 16, () => ask('trivial'));
  // What waited before is so much that it never ends within this: as many have ended as came.
  await fewerThan(farm, waiting + running + 1);
  return (performance.now() - begun) / 1000;
}

function queueOf(farm: TestFarm): Required<Pick<System, 'fillQueue' | 'openQueue'>> {
  const ask = askOf(farm);
  async function tell(action: 'drain' | 'undrain'): Promise<void> {
    const worker = (await farm.api.machines()).find(({ name }) => name === 'worker');
    await farm.api.post(`/api/v1/machines/${worker?.id}/${action}`);
  }
  return {
    async fillQueue(builds, withinMs) {
      await tell('drain');
      const until = performance.now() + withinMs;
      await inParallel(builds, 16, async () => {
        if (performance.now() < until) await ask('trivial');
      });
      return (await countsOf(farm)).waiting;
    },
    openQueue: () => tell('undrain'),
  };
}

async function survivors(farm: TestFarm, startsFile: string): Promise<number> {
  const ask = askOf(farm);
  const builds = await Promise.all(Array.from({ length: slots }, () => ask('survivor')));
  await until('all builds run', () => startsIn(startsFile) === slots, 120_000);
  await farm.coordinator.kill();
  await farm.startCoordinator();
  goOn(startsFile);
  const ended = await Promise.all(builds.map(({ id }) => farm.api.finished(id, 120_000)));
  const well = ended.filter(({ state, attempts }) => state === 'passed' && attempts === 1).length;
  for (const build of ended) {
    if (build.state === 'passed' && build.attempts === 1) continue;
    const told = build.attemptList.map(
      ({ number, state, error }) => `${number} ${state} ${error?.message ?? ''}`,
    );
    process.stderr.write(`${build.id} ${build.state}: ${build.message ?? ''}; attempts ${told.join('; ')}\n`);
  }
  return Math.max(0, well - (startsIn(startsFile) - slots));
}
