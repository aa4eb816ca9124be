import { describe, expect, test } from 'bun:test';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { RunExit } from '../../agent/wire/protocol.ts';
import { type AttemptEnd, afterAttempt, endedBy, judgeExit, pauseMs } from './outcome.ts';
import type { Build } from './types.ts';

const base: RunExit = {
  runId: 'att_1.0',
  exitCode: 0,
  signal: null,
  reason: 'exited',
  startedAt: 1_000,
  endedAt: 4_200,
  outputBytes: 10,
  droppedBytes: 0,
};

const build = { id: 'bld_1', maxAttempts: 3, cancelRequestedBy: null } as Build;
const lost: AttemptEnd = {
  ...endedBy(new FarmError('machine_lost', 'Gone', { blame: 'machine', retry: 'elsewhere' })),
  artifacts: [],
};

describe('what an exit means', () => {
  test('code 0 passes and another code is the change', () => {
    expect(judgeExit(base)).toEqual({ kind: 'passed', text: 'passed in 3.2 s' });
    expect(judgeExit({ ...base, exitCode: 3 })).toMatchObject({
      kind: 'failed',
      text: 'failed with exit code 3 after 3.2 s',
    });
  });
  test('limits are the change: it took too long or fell silent', () => {
    for (const reason of ['time-limit', 'silence-limit'] as const) {
      expect(judgeExit({ ...base, reason, exitCode: null, signal: 'SIGTERM' }).kind).toBe('failed');
    }
  });
  test('a crash of the program is the change, a kill from outside is not', () => {
    expect(judgeExit({ ...base, reason: 'signalled', exitCode: null, signal: 'SIGSEGV' }).kind).toBe(
      'failed',
    );
    expect(judgeExit({ ...base, reason: 'signalled', exitCode: null, signal: 'SIGKILL' }).kind).toBe(
      'broken',
    );
  });
  test('a full disk and a lost run are the machine; a command that can not start is the change', () => {
    expect(judgeExit({ ...base, reason: 'could-not-start', exitCode: null }).kind).toBe('failed');
    for (const reason of ['disk-full', 'lost'] as const) {
      const verdict = judgeExit({ ...base, reason, exitCode: null });
      expect(verdict.kind).toBe('broken');
      if (verdict.kind === 'broken') expect(verdict.error.blame).toBe('machine');
    }
  });
});

describe('what follows an attempt', () => {
  test('infrastructure failures make attempts until the budget is used up, and then an error, never red', () => {
    expect(afterAttempt(build, 1, lost, 5_000)).toEqual({ kind: 'again', notBefore: 5_000 });
    expect(afterAttempt(build, 3, lost, 5_000)).toMatchObject({
      kind: 'finished',
      state: 'error',
      blame: 'machine',
    });
  });
  test('a cancelled build gets no further attempt', () => {
    const cancelled = { ...build, cancelRequestedBy: 'ann' };
    expect(afterAttempt(cancelled, 1, lost, 0)).toMatchObject({
      state: 'cancelled',
      message: 'Cancelled by ann',
    });
  });
  test('only a failure that blames the change is a verdict', () => {
    for (const blame of ['machine', 'farm', 'outside', 'caller'] as const) {
      expect(endedBy(new FarmError('internal', 'x', { blame })).state).toBe('infrastructure');
    }
    expect(endedBy(new FarmError('invalid_input', 'x', { blame: 'change' })).state).toBe('failed');
  });
  test('pauses grow and are bounded; a broken machine is left at once', () => {
    expect([1, 2, 3].map((attempt) => pauseMs(attempt, 'outside'))).toEqual([2_000, 8_000, 32_000]);
    expect(pauseMs(40, 'farm')).toBe(300_000);
    expect(pauseMs(5, 'machine')).toBe(0);
  });
});
