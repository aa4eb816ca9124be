import { expect, test } from 'bun:test';
import { silentLog } from '../../agent/kit/log.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import { createBlobHolds } from '../blobs/index.ts';
import type { HeldLease } from '../machines/types.ts';
import { createExecutions, type ExecutionDeps } from './executions.ts';
import type { BuildStore } from './ports.ts';
import type { Attempt, Build } from './types.ts';

const build = { id: 'bld_1', builder: 'b', attempts: 1, maxAttempts: 3, cancelRequestedBy: null } as Build;
const attempt = {
  id: 'att_1',
  buildId: 'bld_1',
  number: 1,
  machineId: 'mch_1',
  slot: 0,
  leaseId: 'lse_1',
  startedAt: 0,
} as Attempt;

test('an attempt that the farm itself can not carry ends as infrastructure, and its slot is given back', async () => {
  const ended: Parameters<BuildStore['endAttempt']>[0][] = [];
  let opened = 0;
  let givenBack = 0;
  const over = Promise.withResolvers<Build>();
  const lease = { giveBack: () => givenBack++ } as unknown as HeldLease;
  const deps = {
    clock: { now: () => 1_000, sleep: () => Promise.resolve() },
    randomness: { fraction: () => 0 },
    log: silentLog,
    holds: createBlobHolds(),
    fleet: { hold: () => lease, get: () => null, recordOutcome: () => undefined },
    logs: {
      open() {
        opened++;
        return Promise.reject(
          new FarmError('disk_full', 'The disk takes no log', { blame: 'farm', retry: 'same' }),
        );
      },
    },
    store: {
      journal: () => Promise.resolve([]),
      endAttempt(op: Parameters<BuildStore['endAttempt']>[0]) {
        ended.push(op);
        // The first answer gets lost on its way: an ending is tried until it is stored.
        if (ended.length === 1)
          return Promise.reject(new FarmError('storage_failed', 'Busy', { blame: 'farm' }));
        return Promise.resolve({ ...build, state: 'waiting' });
      },
    },
    onEnded: (after: Build) => over.resolve(after),
  } as unknown as ExecutionDeps;
  const executions = createExecutions(deps);
  executions.start(build, attempt, [], false);
  expect(executions.count()).toBe(1);
  expect(await over.promise).toMatchObject({ state: 'waiting' });
  expect([opened, givenBack, executions.count(), ended.length]).toEqual([5, 1, 0, 2]);
  expect(ended[1]).toMatchObject({
    state: 'infrastructure',
    error: { code: 'disk_full' },
    followUp: { kind: 'again' },
  });
});
