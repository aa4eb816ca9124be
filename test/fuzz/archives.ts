/** `bun test/fuzz/archives.ts [--cases 50000] [--seed S] [--only I]`: archives that no honest tool writes, unpacked by the agent's code. */
import { readFuzzOptions, residentMiB, say } from './options.ts';
import { fuzzArchives } from './run-archives.ts';

const options = readFuzzOptions({ cases: 50_000 });
say(`seed ${options.seed}`);
await fuzzArchives({ seed: 1, cases: 200 });
const before = residentMiB();
const started = performance.now();
const { cases, unpacked } = await fuzzArchives(options);
const seconds = (performance.now() - started) / 1_000;
say(
  `archives: ${cases} cases (${unpacked} unpacked), seed ${options.seed}, ${seconds.toFixed(1)} s, ` +
    `memory ${before} MiB before and ${residentMiB()} MiB after, 0 failures`,
);
