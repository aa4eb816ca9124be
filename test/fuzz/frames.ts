/**
 * `bun test/fuzz/frames.ts [--cases 1000000] [--seed S] [--only I]`: frames from the schemas, near them and as raw bytes, against the
 * sessions and handshakes of both sides. The last line says what was run.
 */
import { readFuzzOptions, residentMiB, say } from './options.ts';
import { fuzzFrames } from './run-frames.ts';

const options = readFuzzOptions({ cases: 1_000_000 });
say(`seed ${options.seed}`);
// What the first cases load and compile is no growth.
await fuzzFrames({ seed: 1, cases: 5_000 });
const before = residentMiB();
const started = performance.now();
const run = await fuzzFrames({
  ...options,
  onProgress: (cases) => {
    if (cases % 100_000 === 0) say(`${cases} cases`);
  },
});
const seconds = (performance.now() - started) / 1_000;
say(
  `frames: ${run.cases} cases, ${run.frames} frames, seed ${options.seed}, ${seconds.toFixed(1)} s, ` +
    `memory ${before} MiB before and ${residentMiB()} MiB after, 0 failures`,
);
