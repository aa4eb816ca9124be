/**
 * Runs seeds in the bottle.
 *
 *   bun test/sim/run.ts --profile trouble --from 1 --count 200      many seeds; the first that fails is shrunk and told
 *   bun test/sim/run.ts --profile trouble --seed 42 --trace         one seed, every line of it
 *   bun test/sim/run.ts --profile day --count 10 --heartbeat 60000  farm-days, and how many of them an hour holds
 */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { openCellar } from './bottle.ts';
import { type ProfileName, profiles, writeStory } from './farm/write-story.ts';
import { shrink } from './shrink.ts';
import { storyText, timeline } from './timeline.ts';

const { values } = parseArgs({
  options: {
    profile: { type: 'string', default: 'trouble' },
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    count: { type: 'string', default: '20' },
    workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    heartbeat: { type: 'string' },
    trace: { type: 'boolean', default: false },
    twice: { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
  },
});

const say = (text: string) => process.stdout.write(`${text}\n`);
const profile = profiles[values.profile as ProfileName];
if (profile === undefined) throw new Error(`There are the profiles ${Object.keys(profiles).join(', ')}`);
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.count) : 1;
const lookEveryMs = values.profile === 'day' ? 60_000 : 5_000;
const cellar = await openCellar({
  heartbeatMs: values.heartbeat === undefined ? null : Number(values.heartbeat),
});

let next = first;
let failures = 0;
const sums = { virtualMs: 0, builds: 0, runs: 0, steps: 0, seeds: 0, cpuMs: 0 };
const began = performance.now();

async function work(): Promise<void> {
  const bottle = cellar.open();
  while (next < first + count && (failures === 0 || values['keep-going'])) {
    const seed = next++;
    const story = writeStory(seed, profile);
    const told = await bottle.run({ story, keepTrace: values.trace, lookEveryMs });
    sums.seeds++;
    sums.virtualMs += told.virtualMs;
    sums.builds += told.builds;
    sums.runs += told.runs;
    sums.steps += told.steps;
    sums.cpuMs += told.cpuMs;
    if (values.trace) say(timeline(told.lines));
    if (values.twice) {
      const again = await bottle.run({ story, keepTrace: false, lookEveryMs });
      if (again.digest !== told.digest)
        say(`seed ${seed}: NOT THE SAME TWICE (${told.digest}, ${again.digest})`);
    }
    const [violation] = told.violations;
    if (values.seed !== undefined || violation !== undefined)
      say(
        `seed ${seed}: ${violation === undefined ? 'holds' : `${violation.rule}: ${violation.what}`} ` +
          `(${told.builds} builds, ${told.runs} runs, ${told.steps} steps, digest ${told.digest}, ${Math.round(told.realMs)} ms)`,
      );
    if (violation === undefined) continue;
    failures++;
    if (values['no-shrink'] || failures > 1) continue;
    const small = await shrink(story, violation.rule, (candidate) =>
      bottle.run({ story: candidate, keepTrace: false, lookEveryMs }),
    );
    const shown = await bottle.run({ story: small.story, keepTrace: true, lookEveryMs });
    say(`\nShrunk in ${small.tries} tries to:\n${storyText(small.story)}\n`);
    say(timeline(shown.lines, 150));
    for (const each of shown.violations) say(`\n${each.rule}: ${each.what}`);
  }
  bottle.close();
}

await Promise.all(Array.from({ length: Number(values.workers) }, work));
cellar.close();
const seconds = (performance.now() - began) / 1000;
const days = sums.virtualMs / 86_400_000;
say(
  `${sums.seeds} seeds, ${failures} failed; ${sums.builds} builds, ${sums.runs} runs, ${sums.steps} steps in ${seconds.toFixed(1)} s: ` +
    `${days.toFixed(2)} days, ${((days / seconds) * 3600).toFixed(0)} days an hour, ${(sums.builds / seconds).toFixed(0)} builds/s, ${(sums.cpuMs / 1000 / days).toFixed(1)} s of processor a day ` +
    `(load ${loadavg()[0]?.toFixed(2)}, ${values.workers} processes)`,
);
process.exit(failures === 0 ? 0 : 1);
