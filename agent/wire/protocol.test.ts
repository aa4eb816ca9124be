import { expect, test } from 'bun:test';
import { Hello, RunExit } from './protocol.ts';
import { isValid } from './validate.ts';

const exit = {
  runId: 'run_1',
  exitCode: 0,
  signal: null,
  reason: 'exited',
  startedAt: 1,
  endedAt: 2,
  outputBytes: 0,
  droppedBytes: 0,
};

test('numbers of a peer fit a column of a database and a date', () => {
  expect(isValid(RunExit, exit)).toBe(true);
  expect(isValid(RunExit, { ...exit, droppedBytes: Number.MAX_SAFE_INTEGER })).toBe(true);
  // Windows has exit codes of 32 bits.
  expect(isValid(RunExit, { ...exit, exitCode: 0xc000_0005 })).toBe(true);
  for (const field of ['startedAt', 'endedAt', 'outputBytes', 'droppedBytes', 'exitCode']) {
    expect([field, isValid(RunExit, { ...exit, [field]: 1e308 })]).toEqual([field, false]);
    expect([field, isValid(RunExit, { ...exit, [field]: 2 ** 53 })]).toEqual([field, false]);
  }
  expect(isValid(RunExit, { ...exit, endedAt: 8.64e15 + 1 })).toBe(false);
  expect(isValid(Hello.properties.platform, { memoryBytes: 1e308 })).toBe(false);
});
