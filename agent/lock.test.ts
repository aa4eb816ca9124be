import { expect, test } from 'bun:test';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../test/agent/scratch.ts';
import { createSystemRandomness } from './kit/ids.ts';
import { takeLock } from './lock.ts';
import { processStart } from './platform/process-table.ts';

const randomness = createSystemRandomness();

test('a folder has one holder at a time, and the refusal names it', async () => {
  const path = join(scratchFolder(), 'lock');
  const other = spawn('sleep', ['100']);
  await once(other, 'spawn');
  writeFileSync(path, JSON.stringify({ pid: other.pid, start: processStart(other.pid ?? 0) }));
  expect(() => takeLock(path, randomness)).toThrow(`process ${other.pid}`);
  other.kill('SIGKILL');
  await once(other, 'exit');
  const lock = takeLock(path, randomness);
  expect(JSON.parse(readFileSync(path, 'utf8')).pid).toBe(process.pid);
  lock.release();
  expect(existsSync(path)).toBe(false);
});

test('a lock whose process is another one by now, or that is damaged, is taken over', () => {
  const folder = scratchFolder();
  const path = join(folder, 'lock');
  for (const left of [
    JSON.stringify({ pid: 1, start: 'long ago' }),
    JSON.stringify({ pid: 2 ** 22 - 1 }),
    '',
    '{',
  ]) {
    writeFileSync(path, left);
    takeLock(path, randomness).release();
  }
  expect(readdirSync(folder)).toEqual([]);
});
