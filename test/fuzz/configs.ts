/** `bun test/fuzz/configs.ts [--cases 200000] [--seed S] [--only I]`: farm.config.json and croft.json, through the product's readers. */
import { readFuzzOptions, residentMiB, say } from './options.ts';
import { fuzzConfigs } from './run-configs.ts';

const options = readFuzzOptions({ cases: 200_000 });
say(`seed ${options.seed}`);
await fuzzConfigs({ seed: 1, cases: 500 });
const before = residentMiB();
const started = performance.now();
const { cases, right } = await fuzzConfigs(options);
const seconds = (performance.now() - started) / 1_000;
say(
  `configs: ${cases} cases (${right} right), seed ${options.seed}, ${seconds.toFixed(1)} s, ` +
    `memory ${before} MiB before and ${residentMiB()} MiB after, 0 failures`,
);
