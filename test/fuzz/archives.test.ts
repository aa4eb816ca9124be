import { expect, test } from 'bun:test';
import { freshSeed } from './options.ts';
import { fuzzArchives } from './run-archives.ts';

test('archives of a fixed and of a fresh seed stay in their folder or are refused', async () => {
  const seed = freshSeed();
  process.stdout.write(`archives: seed ${seed}\n`);
  expect(await fuzzArchives({ seed: 20_261_124, cases: 200 })).toMatchObject({ cases: 200 });
  const { unpacked } = await fuzzArchives({ seed, cases: 200 });
  expect(unpacked).toBeGreaterThan(10);
}, 60_000);
