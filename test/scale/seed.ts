/**
 * Years of a farm in an empty data folder: `bun test/scale/seed.ts DIR [--commits 100000] [--builders 100] [--machines 5000]
 * [--waiting 5000] [--log-lines 10000000] [--years 5] [--seed 1]`. About 60 of 100 cells have a build (`farm-shape.ts` says
 * which): 6 million builds for the usual numbers, some 10 GB, in a few minutes. `bun test/scale/measure.ts DIR` measures on it.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { type SeedOptions, usualSeed } from './farm-shape.ts';
import { seedFarm } from './seed-farm.ts';

const numbers = {
  commits: 'commits',
  builders: 'builders',
  machines: 'machines',
  waiting: 'waiting',
  'log-lines': 'logLines',
  years: 'years',
  seed: 'seed',
} as const;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: Object.fromEntries(Object.keys(numbers).map((name) => [name, { type: 'string' as const }])),
});
const [dir] = positionals;
if (dir === undefined) throw new Error('Say the data folder: bun test/scale/seed.ts DIR');
const clock = createSystemClock();
const given = Object.entries(numbers).flatMap(([name, field]) =>
  values[name] === undefined ? [] : [[field, Number(values[name])] as const],
);
const options: SeedOptions = { ...usualSeed, ...Object.fromEntries(given), now: clock.now() };
const began = clock.monotonic();
const seeded = await seedFarm(dir, options, (text) =>
  process.stdout.write(`${((clock.monotonic() - began) / 1_000).toFixed(1).padStart(7)} s  ${text}\n`),
);
await writeFile(join(dir, 'seeded.json'), JSON.stringify({ ...options, ...seeded }, null, 1));
process.stdout.write(`${seeded.builds} builds in ${((clock.monotonic() - began) / 1_000).toFixed(0)} s\n`);
