import { expect, test } from 'bun:test';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../test/agent/scratch.ts';
import { createSystemRandomness } from './kit/ids.ts';
import { takeLock } from './lock.ts';
import { processStart } from './platform/process-table.ts';

const randomness = createSystemRandomness();

test('a folder has one holder at a time, and the refusal names it', async () => {
  const folder = scratchFolder();
  const path = join(folder, 'lock');
  const other = spawn('sleep', ['100']);
  await once(other, 'spawn');
  symlinkSync(`${other.pid} ${processStart(other.pid ?? 0)}`, path);
  expect(() => takeLock(path, randomness)).toThrow(`process ${other.pid}`);
  other.kill('SIGKILL');
  await once(other, 'exit');
  const lock = takeLock(path, randomness);
  expect(readlinkSync(path)).toStartWith(`${process.pid} `);
  lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

test('a lock whose process is another one by now, or that is damaged, is taken over', () => {
  const folder = scratchFolder();
  const path = join(folder, 'lock');
  for (const left of ['1 12345', `${2 ** 22 - 1} `, 'nonsense', '0', '-1', `${process.pid} 1`]) {
    symlinkSync(left, path);
    takeLock(path, randomness).release();
  }
  writeFileSync(path, 'a file');
  const lock = takeLock(path, randomness);
  expect(lstatSync(path).isSymbolicLink()).toBe(true);
  lock.release();
  expect(readdirSync(folder)).toEqual([]);
});
