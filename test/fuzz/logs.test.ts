import { expect, test } from 'bun:test';
import { freshSeed } from './options.ts';
import { askHugeLog, fuzzLogs, hugeLogs } from './run-logs.ts';

test('output that no program should write reads the same live and sealed', async () => {
  const seed = freshSeed();
  process.stdout.write(`logs: seed ${seed}\n`);
  expect(await fuzzLogs({ seed: 20_261_124, cases: 25 })).toMatchObject({ cases: 25 });
  expect(await fuzzLogs({ seed, cases: 25 })).toMatchObject({ cases: 25 });
}, 60_000);

test('a long log of one kind of nonsense takes neither memory nor patience', async () => {
  for (const [name, make] of Object.entries(hugeLogs)) {
    const { grownMiB } = await askHugeLog(make, 8);
    expect([name, grownMiB < 200]).toEqual([name, true]);
  }
}, 60_000);
