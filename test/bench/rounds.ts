/**
 * The same work on every system, in turns: what else the machine does in these minutes hits all of them alike, and no figure is of one
 * moment only.
 */
import { type Figure, quantile, type SystemName } from './figures.ts';
import type { BenchOptions, Scale } from './options.ts';
import { memoryMb } from './process-figures.ts';
import { type System, slots } from './system.ts';

export type Say = (text: string) => void;

interface Samples {
  readonly latencyMs: number[];
  readonly buildsPerSecond: number[];
  readonly logRate: number[];
}

const upstreamNote =
  'Upstream runs commands on a machine that is leased already, and stores nothing: no queue, no verdict, no log, no clean folder.';
const slowNote = 'Buildbot gets less of the same work, since it takes its time.';

export async function inRounds(
  systems: readonly System[],
  { only, scale }: BenchOptions,
  say: Say,
): Promise<readonly Figure[]> {
  const samples = new Map<SystemName, Samples>(
    systems.map(({ name }) => [name, { latencyMs: [], buildsPerSecond: [], logRate: [] }]),
  );
  for (let round = 1; round <= scale.rounds; round++) {
    for (const system of systems) {
      say(`round ${round} of ${scale.rounds}: ${system.name}`);
      const { latencyMs, buildsPerSecond, logRate } = samples.get(system.name) as Samples;
      const amount = amountFor(system, scale);
      if (only.has('latency'))
        for (let sample = 0; sample < amount.latencySamples; sample++)
          latencyMs.push(await system.latencyMs());
      if (only.has('builds'))
        buildsPerSecond.push(amount.builds / (await system.trivialSeconds(amount.builds)));
      if (only.has('logs')) logRate.push(await system.logRate(amount.logBytes));
    }
  }
  const values = (of: (samples: Samples) => number) =>
    Object.fromEntries([...samples].map(([name, found]) => [name, of(found)]));
  return [
    ...(only.has('latency') ? latencyFigures(values) : []),
    ...(only.has('builds') ? [buildsFigure(values)] : []),
    ...(only.has('logs') ? [logFigure(values)] : []),
  ];
}

/** How much a system gets of the same work. */
export function amountFor(
  system: System,
  scale: Scale,
): Pick<Scale, 'latencySamples' | 'builds' | 'logBytes'> {
  if (system.name !== 'Buildbot') return scale;
  const { slowLatencySamples: latencySamples, slowBuilds: builds, slowLogBytes: logBytes } = scale;
  return { latencySamples, builds, logBytes };
}

type Values = (of: (samples: Samples) => number) => Figure['values'];

function latencyFigures(values: Values): Figure[] {
  const of = (name: string, share: number, aim: number): Figure => ({
    name: `idle latency, request to process running, ${name}`,
    unit: 'ms',
    better: 'lower',
    aim,
    values: values(({ latencyMs }) => quantile(latencyMs, share)),
    note: upstreamNote,
  });
  return [of('p50', 0.5, 20), of('p99', 0.99, 100)];
}

function buildsFigure(values: Values): Figure {
  return {
    name: `trivial builds, one worker, ${slots} slots`,
    unit: '/s',
    better: 'higher',
    aim: 300,
    values: values(({ buildsPerSecond }) => quantile(buildsPerSecond, 0.5)),
    note: upstreamNote,
  };
}

function logFigure(values: Values): Figure {
  return {
    name: 'log, from a process to the server',
    unit: 'MB/s',
    better: 'higher',
    aim: 200,
    values: values(({ logRate }) => quantile(logRate, 0.5)),
    note: slowNote,
  };
}

/** After the rounds: what the work has left behind. */
export function memoryFigures(systems: readonly System[]): readonly Figure[] {
  const of = (name: string, which: 'server' | 'worker'): Figure => ({
    name,
    unit: 'MB',
    better: 'lower',
    aim: null,
    values: Object.fromEntries(systems.map(({ name, pids }) => [name, memoryMb(pids[which])])),
  });
  return [
    of('memory of the server, after the rounds', 'server'),
    of('memory of a worker, after the rounds', 'worker'),
  ];
}

export async function killFigure(systems: readonly System[], say: Say): Promise<Figure> {
  const values: Partial<Record<SystemName, number>> = {};
  for (const system of systems) {
    say(`SIGKILL: ${system.name}`);
    values[system.name] = await system.survivors();
  }
  return {
    name: 'running builds that survive a SIGKILL of the server',
    unit: 'of 8',
    better: 'higher',
    aim: slots,
    values,
    note: 'Ended well, without having run twice; the server is started again at once.',
  };
}

/** A slow server is not asked for longer than this. */
const fillMs = 60_000;

/** The same builds while thousands wait. Leaves them waiting: nothing else can be measured afterwards. */
export async function waitingFigures(
  systems: readonly System[],
  scale: Scale,
  say: Say,
): Promise<readonly Figure[]> {
  const values: Partial<Record<SystemName, number>> = {};
  const waiting: string[] = [];
  for (const system of systems) {
    if (system.fillQueue === undefined || system.openQueue === undefined) continue;
    say(`${scale.waiting} waiting: ${system.name}`);
    const count = await system.fillQueue(scale.waiting, fillMs);
    waiting.push(`${system.name} ${count}`);
    await system.openQueue();
    const { builds } = amountFor(system, scale);
    values[system.name] = builds / (await system.trivialSeconds(builds));
  }
  return [
    {
      name: `trivial builds while ${scale.waiting} wait`,
      unit: '/s',
      better: 'higher',
      aim: 300,
      values,
      note: `Waiting when it began, of what could be asked for in ${fillMs / 1000} s: ${waiting.join(', ')}.`,
    },
  ];
}
