/**
 * How honest the queue is, measured on the whole farm in the bottle: mixed classes, machines that fail, builds that nobody can run.
 *
 *   bun test/sim/queue.ts --builds 100000
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { calibrationOf } from '../bench/scheduler-calibration.ts';
import type { Answered } from '../bench/scheduler-farm.ts';
import { openCellar } from './bottle.ts';
import type { QueueFigures } from './farm/queue-watch.ts';
import { type Fault, impossibleHostType, type Story } from './farm/story.ts';
import { profiles, writeStory } from './farm/write-story.ts';

const { values } = parseArgs({
  options: {
    builds: { type: 'string', default: '100000' },
    workers: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
  },
});

const ofMachines = new Set<Fault['kind']>([
  'cut',
  'silence',
  'agent-crash',
  'agent-stop',
  'power-cut',
  'disk-full',
]);

/** Only machines fail: what a coordinator that is down says of the queue is nothing. */
function queueStory(seed: number): Story {
  const story = writeStory(seed, profiles.queue);
  return {
    ...story,
    faults: story.faults.filter(
      (fault) => ofMachines.has(fault.kind) && !('host' in fault && fault.host === 'coordinator'),
    ),
    builders: [
      ...story.builders,
      { name: 'never', hostType: impossibleHostType, steps: 1, stepMs: 1_000, attempts: 3, artifacts: false },
    ],
    requests: story.requests.filter(({ kind }) => kind === 'build' || kind === 'cancel'),
  };
}

const say = (text: string) => process.stdout.write(`${text}\n`);
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const cellar = await openCellar({ heartbeatMs: 60_000 });
const answered: Answered[] = [];
const sums = { builds: 0, runs: 0, asked: 0, unexplained: 0, impossible: 0, impossibleToldMs: 0, days: 0 };
let next = Number(values.seed);
const began = performance.now();

function add(figures: QueueFigures): void {
  answered.push(...figures.answered);
  sums.asked += figures.asked;
  sums.unexplained += figures.unexplained;
  sums.impossible += figures.impossible;
  sums.impossibleToldMs = Math.max(sums.impossibleToldMs, figures.impossibleToldMs);
}

async function work(): Promise<void> {
  const bottle = cellar.open();
  while (sums.builds < Number(values.builds)) {
    const seed = next++;
    const told = await bottle.run({
      story: queueStory(seed),
      keepTrace: false,
      lookEveryMs: 120_000,
      askQueue: true,
    });
    for (const { rule, what } of told.violations) say(`seed ${seed}: ${rule}: ${what}`);
    sums.builds += told.builds;
    sums.runs += told.runs;
    sums.days += told.virtualMs / 86_400_000;
    if (told.queue !== null) add(told.queue);
  }
  bottle.close();
}

await Promise.all(Array.from({ length: Number(values.workers) }, work));
cellar.close();
const all = calibrationOf(answered);
const seconds = (performance.now() - began) / 1000;
say(
  `${sums.builds} builds, ${sums.runs} runs in ${sums.days.toFixed(1)} farm-days (${seconds.toFixed(0)} s, load ${loadavg()[0]?.toFixed(2)})`,
);
say(`asked about waiting builds: ${sums.asked} times, without a reason: ${sums.unexplained}`);
say(`impossible builds: ${sums.impossible}, told after at most ${sums.impossibleToldMs.toFixed(0)} ms`);
say(
  `expected starts: ${all.answers} answers, 80 % intervals held ${percent(all.inside)} (before ${percent(all.before)}, after ${percent(all.after)})`,
);
say(`median error: ${percent(all.medianError)}; started before the median: ${percent(all.beforeMedian)}`);
for (const name of ['interactive', 'post-submit', 'backfill'] as const) {
  const own = calibrationOf(answered.filter((answer) => answer.class === name));
  say(
    `  ${name}: ${own.answers} answers, held ${percent(own.inside)}, median error ${percent(own.medianError)}`,
  );
}
process.exit(0);
