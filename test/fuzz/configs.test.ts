import { expect, test } from 'bun:test';
import { freshSeed } from './options.ts';
import { fuzzConfigs } from './run-configs.ts';

test('configuration files of a fixed and of a fresh seed are read or refused with reasons', async () => {
  const seed = freshSeed();
  process.stdout.write(`configs: seed ${seed}\n`);
  expect(await fuzzConfigs({ seed: 20_261_124, cases: 800 })).toMatchObject({ cases: 800 });
  const { cases, right } = await fuzzConfigs({ seed, cases: 800 });
  expect(cases).toBe(800);
  // Most that is thrown at it must be wrong, and some of it right, or nothing was tried.
  expect(right).toBeGreaterThan(50);
  expect(right).toBeLessThan(750);
}, 60_000);
