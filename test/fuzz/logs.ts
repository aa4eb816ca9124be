/**
 * `bun test/fuzz/logs.ts [--cases 5000] [--seed S] [--only I]`: small logs of all kinds of nonsense, read live and sealed; then one of
 * 100 MB of each kind, with the time of all questions together and the growth of the process.
 */
import { readFuzzOptions, say } from './options.ts';
import { askHugeLog, fuzzLogs, hugeLogs } from './run-logs.ts';

const options = readFuzzOptions({ cases: 5_000 });
say(`seed ${options.seed}`);
const started = performance.now();
const { cases, bytes } = await fuzzLogs(options);
const seconds = (performance.now() - started) / 1_000;
if (options.cases > 1) {
  for (const [name, make] of Object.entries(hugeLogs)) {
    const { slowestMs, grownMiB } = await askHugeLog(make, 100);
    say(`100 MB, ${name.padEnd(28)} questions ${slowestMs} ms, grown ${grownMiB} MiB`);
  }
}
say(`logs: ${cases} cases, ${bytes} bytes, seed ${options.seed}, ${seconds.toFixed(1)} s, 0 failures`);
