/**
 * The whole path with real processes, beside its peers: latency, builds and log megabytes a second, memory, many agents, deaths.
 * `npm run bench -- --help` says what can be chosen.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { startBuildbot } from './buildbot.ts';
import { type CroftSystem, startCroft } from './croft.ts';
import { type BenchReport, type Figure, markdown, surroundings } from './figures.ts';
import { fleetFigures } from './fleets.ts';
import { type BenchOptions, benchHelp, readOptions } from './options.ts';
import { type Found, findBuildbot, findUpstream, installPeers } from './peers.ts';
import { inRounds, killFigure, memoryFigures, type Say, waitingFigures } from './rounds.ts';
import { manyQueues, placementsPerSecond } from './scheduler.ts';
import type { System } from './system.ts';
import { startUpstream } from './upstream.ts';

const ofSystems = ['latency', 'builds', 'logs', 'memory', 'kill', 'waiting'] as const;

export async function bench(options: BenchOptions, say: Say): Promise<BenchReport> {
  const started = { at: new Date(), load: loadavg()[0] ?? 0 };
  if (options.install) installPeers(say);
  const figures: Figure[] = [];
  const missing: string[] = [];
  const versions: Record<string, string> = { bun: Bun.version };
  const { only, scale } = options;
  if (ofSystems.some((name) => only.has(name))) {
    const systems = await startSystems(options, missing, say);
    for (const { name, version } of systems) versions[name] = version;
    try {
      figures.push(...(await measureSystems(systems, options, say)));
    } finally {
      await Promise.all(systems.map((system) => system.stop()));
    }
  }
  for (const [index, name] of (['agents-1000', 'agents-10000'] as const).entries()) {
    if (only.has(name)) figures.push(...(await fleetFigures(scale.agents[index] ?? 0, scale, say)));
  }
  if (only.has('scheduler')) figures.push(schedulerFigure());
  return { surroundings: surroundings(started, versions), figures, missing };
}

async function startSystems(options: BenchOptions, missing: string[], say: Say): Promise<System[]> {
  const { logBytes, slowLogBytes } = options.scale;
  const systems: System[] = [await startCroft({ logBytes })];
  async function peer(
    name: string,
    found: Found,
    start: (programs: Programs) => Promise<System>,
  ): Promise<void> {
    try {
      if (!found.found) throw new Error(found.why);
      systems.push(await start(found.programs));
    } catch (error) {
      missing.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      say(`NOT MEASURED: ${missing.at(-1)}`);
    }
  }
  if (!options.peers) return systems;
  await peer('Buildbot', findBuildbot(), (programs) => startBuildbot(programs, { logBytes: slowLogBytes }));
  await peer("upstream's coordinator", findUpstream(), startUpstream);
  return systems;
}

type Programs = Readonly<Record<string, string>>;

async function measureSystems(
  systems: readonly System[],
  options: BenchOptions,
  say: Say,
): Promise<readonly Figure[]> {
  const { only, scale } = options;
  const figures = [...(await inRounds(systems, options, say))];
  const croft = systems[0] as CroftSystem;
  if (only.has('logs')) {
    figures.push({
      name: 'the same log until the verdict, sealed and searchable',
      unit: 'MB/s',
      better: 'higher',
      aim: null,
      values: { Croft: croft.sealedRate() },
    });
  }
  if (only.has('memory')) figures.push(...memoryFigures(systems));
  if (only.has('kill')) figures.push(await killFigure(systems, say));
  if (only.has('waiting')) figures.push(...(await waitingFigures(systems, scale, say)));
  return figures;
}

function schedulerFigure(): Figure {
  return {
    name: `placements of the scheduler, ${manyQueues.hostTypes} kinds of queue, ${manyQueues.waiting} waiting`,
    unit: '/s',
    better: 'higher',
    aim: 500,
    values: { Croft: placementsPerSecond(manyQueues) },
    note: 'The scheduler alone, asked anew after every event, as the coordinator asks it.',
  };
}

export function writeReport(report: BenchReport, dir: string): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'bench.md'), `${markdown(report)}\n`);
  writeFileSync(join(dir, 'bench.json'), `${JSON.stringify(report, null, 2)}\n`);
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(benchHelp);
    return;
  }
  const report = await bench(options, (text) => process.stderr.write(`${text}\n`));
  console.log(markdown(report));
  if (options.out !== null) writeReport(report, options.out);
}

if (import.meta.main) {
  main().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`bench: ${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
}
