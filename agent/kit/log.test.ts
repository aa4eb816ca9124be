import { expect, test } from 'bun:test';
import { createLog, type LogOptions } from './log.ts';

const at = Date.UTC(2030, 0, 2, 3, 4, 5, 678);

function linesOf(options: LogOptions) {
  const lines: string[] = [];
  return { lines, log: createLog({ now: () => at, write: (line) => lines.push(line) }, options) };
}

test('a line of JSON has its time, level and event, and the fields of all who passed the log on', () => {
  const { lines, log } = linesOf({ level: 'info', format: 'json' });
  log.with({ part: 'builds' }).with({ build: 'bld_1' }).warn('build.slow', { ms: 5, lease: undefined });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      time: '2030-01-02T03:04:05.678Z',
      level: 'warn',
      event: 'build.slow',
      part: 'builds',
      build: 'bld_1',
      ms: 5,
    },
  ]);
});

test('a person reads words, and no value can look like more than one', () => {
  const { lines, log } = linesOf({ level: 'info', format: 'text' });
  log.info('build.attempt-ended', { build: 'bld_1', message: 'two words\u001b[2J level=error', ok: true });
  expect(lines).toEqual([
    '03:04:05.678 info  build.attempt-ended build=bld_1 message="two words\\u001b[2J level=error" ok=true',
  ]);
});

test.each([
  ['info', 3],
  ['warn', 2],
  ['error', 1],
] as const)('from level %s on there are %d lines', (level, count) => {
  const { lines, log } = linesOf({ level, format: 'json' });
  for (const one of [log, log.with({ a: 1 })]) {
    one.info('a');
    one.warn('b');
    one.error('c');
  }
  expect(lines).toHaveLength(2 * count);
});
