import { expect, test } from 'bun:test';
import { createJournal, firstEntries } from './journal.ts';
import { spansOf } from './spans.ts';
import type { Attempt, JournalEntry } from './types.ts';

const attempt: Attempt = {
  id: 'att_1',
  buildId: 'bld_1',
  number: 1,
  machineId: 'mch_1',
  slot: 0,
  leaseId: 'lse_1',
  state: 'running',
  startedAt: 100,
  endedAt: null,
  error: null,
};

function recorder() {
  const stored: JournalEntry[] = [];
  let now = 100;
  const journal = createJournal(
    { append: async (entries) => void stored.push(...entries), now: () => now++ },
    'att_1',
    firstEntries('att_1', 100),
  );
  return { stored, journal };
}

test('a result is stored with the next intent, in one write, without gaps', async () => {
  const { stored, journal } = recorder();
  journal.finish('plan', 'plan', { outcome: 'refused', problems: [] });
  expect(stored).toEqual([]);
  await journal.begin('prepare', 'prepare', {});
  expect(stored.map(({ seq, step, phase }) => [seq, step, phase])).toEqual([
    [1, 'plan', 'result'],
    [2, 'prepare', 'intent'],
  ]);
  journal.finish('prepare', 'prepare', { workDir: '/w' });
  expect(journal.unstored().map((entry) => entry.seq)).toEqual([3]);
});

test('an intent that is stored already is not stored again', async () => {
  const { stored, journal } = recorder();
  await journal.begin('plan', 'plan', {});
  expect(stored).toEqual([]);
});

test('a stored entry of another shape is told, not trusted', () => {
  const broken: JournalEntry[] = [
    { attemptId: 'att_1', seq: 0, step: 'run:0', phase: 'intent', at: 1, data: { logAt: 'x' } },
  ];
  const journal = createJournal({ append: async () => undefined, now: () => 0 }, 'att_1', broken);
  expect(() => journal.intent('run', 'run:0')).toThrow('Journal entry 0 of att_1');
});

test('spans are read off the journal: running, then broken off when the attempt ends under them', async () => {
  const { journal } = recorder();
  journal.finish('plan', 'plan', { outcome: 'refused', problems: [] });
  await journal.begin('prepare', 'prepare', {});
  expect(spansOf(attempt, journal.entries()).map(({ step, state }) => [step, state])).toEqual([
    ['plan', 'failed'],
    ['prepare', 'running'],
  ]);
  const ended: Attempt = {
    ...attempt,
    state: 'infrastructure',
    endedAt: 900,
    error: { code: 'machine_lost', blame: 'machine', retry: 'elsewhere', message: 'Gone' },
  };
  expect(spansOf(ended, journal.entries())[1]).toMatchObject({
    state: 'broken-off',
    endedAt: 900,
    detail: 'Gone',
  });
});
