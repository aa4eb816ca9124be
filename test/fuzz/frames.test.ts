import { expect, test } from 'bun:test';
import { freshSeed } from './options.ts';
import { fuzzFrames } from './run-frames.ts';

const cases = Number(process.env['CROFT_FUZZ_CASES'] ?? 10_000);

test('frames of a fixed seed end at worst their own connection', async () => {
  expect(await fuzzFrames({ seed: 20_261_124, cases })).toMatchObject({ cases });
}, 60_000);

test('and so do frames of a fresh one', async () => {
  const seed = freshSeed();
  process.stdout.write(`frames: seed ${seed}\n`);
  expect(await fuzzFrames({ seed, cases })).toMatchObject({ cases });
}, 60_000);
