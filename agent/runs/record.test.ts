import { expect, test } from 'bun:test';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { scratchFolder } from '../../test/agent/scratch.ts';
import type { RunExit } from '../wire/protocol.ts';
import { createRecord, readRecord, saveExit, shortened } from './record.ts';

const start = {
  runId: 'r'.repeat(64),
  leaseId: 'l'.repeat(64),
  startedAt: 1_900_000_000_000,
  segmentBytes: 4_194_304,
  pid: null,
  processStart: null,
};
const exit: RunExit = {
  runId: start.runId,
  exitCode: 1,
  signal: null,
  reason: 'exited',
  startedAt: 1,
  endedAt: 2,
  outputBytes: Number.MAX_SAFE_INTEGER,
  droppedBytes: Number.MAX_SAFE_INTEGER,
};

test('a record says what was started, then how it ended, in the space that it had from the start', () => {
  const path = join(scratchFolder(), 'r.record');
  const record = createRecord(path, start);
  expect(readRecord(path)).toMatchObject({ start, exit: null, times: { length: 0 } });
  const { size } = statSync(path);
  const running = { ...start, pid: 4_194_303, processStart: '123456' };
  record.saveStart(running);
  record.saveExit(exit);
  expect(statSync(path).size).toBe(size);
  record.saveTimes(new Uint8Array([1, 2, 3]));
  record.close();
  expect(readRecord(path)).toMatchObject({ start: running, exit, times: { length: 3 } });
});

test('an exit fits its page whatever its message is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 4_000 }), (message) => {
      const path = join(scratchFolder(), 'r.record');
      createRecord(path, start).close();
      const told = shortened({ ...exit, message });
      saveExit(path, { ...exit, message });
      expect(readRecord(path)?.exit).toEqual(JSON.parse(JSON.stringify(told)));
    }),
    { numRuns: 20 },
  );
});

test('a record cut at any byte says what is whole in it, or nothing', () => {
  const path = join(scratchFolder(), 'r.record');
  createRecord(path, start).saveExit(exit);
  const whole = readFileSync(path);
  for (const length of [0, 1, 100, 4_095, 4_096, 5_000, 8_191]) {
    writeFileSync(path, whole);
    truncateSync(path, length);
    const read = readRecord(path);
    if (length < 4_096) expect(read === undefined || read.exit === null).toBe(true);
    else expect(read?.start).toEqual(start);
  }
  writeFileSync(path, Buffer.alloc(8_192));
  expect(readRecord(path)).toBeUndefined();
});
