import { afterAll, expect, test } from 'bun:test';
import {
  appendFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastLine, logSize, rotateLog } from './part-log.ts';

const dir = mkdtempSync(join(tmpdir(), 'croft-log-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('a log that is too large is moved aside, and who has it open goes on at its new beginning', () => {
  const file = join(dir, 'a.log');
  const writer = openSync(file, 'a');
  writeSync(writer, 'x'.repeat(101));
  expect(rotateLog(file, 100)).toBe(true);
  writeSync(writer, 'new');
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(readFileSync(`${file}.1`, 'utf8')).toHaveLength(101);
  expect(rotateLog(file, 100)).toBe(false);
  expect(rotateLog(join(dir, 'missing.log'), 100)).toBe(false);
});

test('the last words are those of this start, and readable', () => {
  const file = join(dir, 'b.log');
  writeFileSync(file, 'croft: of an earlier start\n');
  const from = logSize(file);
  expect(lastLine(file, from)).toBeNull();
  appendFileSync(file, '{"level":"error","event":"coordinator.failed","message":"disk is full"}\n\n');
  expect(lastLine(file, from)).toBe('coordinator.failed: disk is full');
  appendFileSync(file, 'croft: port 1 is taken\n');
  expect(lastLine(file, from)).toBe('croft: port 1 is taken');
  expect(lastLine(join(dir, 'missing.log'), 0)).toBeNull();
});

test('of a crash it is the message, not the stack below it', () => {
  const file = join(dir, 'c.log');
  writeFileSync(
    file,
    '{"event":"x"}\nSyntaxError: Export named \'a\' not found\n      at b.ts:1\n\nBun v1.4.5 (Linux x64)\n',
  );
  expect(lastLine(file, 0)).toBe("SyntaxError: Export named 'a' not found");
});
