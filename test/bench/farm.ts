/**
 * First figures of the whole path with real processes: idle latency from the request to the process running, trivial builds a
 * second, log megabytes a second. Printed with what they were measured on; run it alone on a quiet machine.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Build } from '../../edge/api/model.ts';
import { configFor, startFarm, type TestFarm } from '../farm/farm.ts';
import { until } from '../farm/processes.ts';
import { makeRepository } from '../farm/repository.ts';

export interface FarmFigures {
  readonly idleMs: { readonly p50: number; readonly p99: number };
  readonly buildsPerSecond: number;
  readonly logMegabytesPerSecond: number;
}

const latencySamples = 60;
const trivialBuilds = 600;
const slots = 8;
const logBytes = 400_000_000;

export async function measureFarm(): Promise<FarmFigures> {
  const scratch = mkdtempSync(join(tmpdir(), 'croft-bench-'));
  mkdirSync(join(scratch, 'stamps'));
  const repository = makeRepository(join(scratch, 'repo'));
  repository.commit({ 'README.md': 'hello' });
  const line = 'x'.repeat(99);
  const farm = await startFarm(
    configFor(repository.dir, [
      { name: 'trivial', hostType: 'local', steps: ['true'] },
      { name: 'stamp', hostType: 'local', steps: [`: > ${scratch}/stamps/$CROFT_BUILD`] },
      { name: 'loud', hostType: 'local', steps: [`yes ${line} | head -c ${logBytes}`] },
    ]),
  );
  try {
    await farm.startAgent('worker', { slots });
    await farm.connected(1);
    await allEnded(farm);
    const idleMs = await idleLatency(farm, join(scratch, 'stamps'));
    const buildsPerSecond = await throughput(farm);
    const logMegabytesPerSecond = await logRate(farm);
    return { idleMs, buildsPerSecond, logMegabytesPerSecond };
  } finally {
    await farm.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function ask(farm: TestFarm, builder: string): Promise<Build> {
  return await farm.api.post<Build>('/api/v1/builds', { repo: 'project', commit: 'main', builder });
}

async function allEnded(farm: TestFarm): Promise<void> {
  await until(
    'every build has ended',
    async () => {
      const { counts } = await farm.api.get<{ counts: { waiting: number; running: number } }>('/api/v1/farm');
      return counts.waiting + counts.running === 0;
    },
    600_000,
  );
}

/** The step's first act is to create a file: its time of birth is the moment the process runs. */
async function idleLatency(farm: TestFarm, stamps: string): Promise<FarmFigures['idleMs']> {
  const samples: number[] = [];
  for (let index = 0; index < latencySamples; index++) {
    const askedAt = performance.timeOrigin + performance.now();
    const { id } = await ask(farm, 'stamp');
    await farm.api.finished(id);
    samples.push(statSync(join(stamps, id)).mtimeMs - askedAt);
  }
  samples.sort((a, b) => a - b);
  return { p50: at(samples, 0.5), p99: at(samples, 0.99) };
}

async function throughput(farm: TestFarm): Promise<number> {
  const start = performance.now();
  let left = trivialBuilds;
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (left-- > 0) await ask(farm, 'trivial');
    }),
  );
  await allEnded(farm);
  return trivialBuilds / ((performance.now() - start) / 1000);
}

async function logRate(farm: TestFarm): Promise<number> {
  const build = await farm.api.finished((await ask(farm, 'loud')).id, 300_000);
  const span = build.attemptList[0]?.spans.find((found) => found.step === 'run:0');
  if (build.state !== 'passed' || span?.endedAt == null)
    throw new Error(`The loud build ended as ${build.state}: ${build.message}`);
  return logBytes / 1e6 / ((Date.parse(span.endedAt) - Date.parse(span.startedAt)) / 1000);
}

function at(sorted: readonly number[], quantile: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))] ?? Number.NaN;
}

export function farmTable(figures: FarmFigures): string {
  const rows = [
    ['idle latency, request to process running, p50', `${figures.idleMs.p50.toFixed(1)} ms`],
    ['idle latency, p99', `${figures.idleMs.p99.toFixed(1)} ms`],
    [
      `trivial builds (one agent, ${slots} slots, results durable)`,
      `${figures.buildsPerSecond.toFixed(0)}/s`,
    ],
    ['log over the whole path', `${figures.logMegabytesPerSecond.toFixed(0)} MB/s`],
  ];
  return [
    `On ${cpus().length} × ${cpus()[0]?.model ?? 'a processor'}`,
    '',
    '| figure | value |',
    '|---|---|',
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
  ].join('\n');
}

if (import.meta.main) console.log(farmTable(await measureFarm()));
