import { describe, expect, test } from 'bun:test';
import { createDeferred, type Deferred } from '../../agent/kit/deferred.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { repositoryDefaults } from '../builders/defaults.ts';
import { isWatched, watchedHeads } from './branches.ts';
import { coalesced } from './coalesced.ts';
import { createGate } from './gate.ts';
import { orAborted, patience } from './patience.ts';
import { isFullHash, revisionProblem } from './revision.ts';

function promisesSettled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('coalesced', () => {
  function counted() {
    const runs: Deferred<void>[] = [];
    const run = coalesced(() => {
      const next = createDeferred<void>();
      runs.push(next);
      return next.promise;
    });
    return { run, runs };
  }

  test('who calls during a run is answered by the one that follows', async () => {
    const { run, runs } = counted();
    const first = run();
    const second = run();
    const third = run();
    expect(runs).toHaveLength(1);
    runs[0]?.resolve();
    await first;
    await promisesSettled();
    expect(runs).toHaveLength(2);
    runs[1]?.resolve();
    await Promise.all([second, third]);
    expect(runs).toHaveLength(2);
  });

  test('a run that fails fails its own callers alone', async () => {
    const { run, runs } = counted();
    const first = run();
    const second = run();
    runs[0]?.reject(new Error('no'));
    await expect(first).rejects.toThrow('no');
    await promisesSettled();
    runs[1]?.resolve();
    await second;
    const third = run();
    runs[2]?.resolve();
    await third;
  });
});

test('a gate lets so many through, in order, and survives failures', async () => {
  const gate = createGate(2);
  const jobs = Array.from({ length: 5 }, () => createDeferred<void>());
  const started: number[] = [];
  const done = jobs.map((job, index) =>
    gate.use(async () => {
      started.push(index);
      await job.promise;
    }),
  );
  const outcomes = Promise.allSettled(done);
  expect(started).toEqual([0, 1]);
  jobs[1]?.reject(new Error('no'));
  await done[1]?.catch(() => undefined);
  expect(started).toEqual([0, 1, 2]);
  for (const job of jobs) job.resolve();
  await outcomes;
  expect(started).toEqual([0, 1, 2, 3, 4]);
});

describe('patience', () => {
  test('ends when nothing happens for too long', async () => {
    const clock = createManualClock();
    const limit = patience(clock, { ms: 1_000, what: 'Waiting' });
    await clock.advance(900);
    limit.renew();
    await clock.advance(900);
    expect(limit.signal.aborted).toBe(false);
    await clock.advance(100);
    expect(limit.signal.reason).toMatchObject({ code: 'timed_out' });
  });

  test('leaves no timer and no listener behind', async () => {
    const clock = createManualClock();
    const outer = new AbortController();
    patience(clock, { ms: 1_000, what: 'Waiting' }, outer.signal).end();
    expect(clock.waiting).toBe(0);
  });

  test('hands on the reason of the outer signal', () => {
    const outer = new AbortController();
    const limit = patience(createManualClock(), { ms: 1_000, what: 'Waiting' }, outer.signal);
    outer.abort('why');
    expect(limit.signal.reason).toBe('why');
    limit.end();
  });

  test('orAborted lets go of what hangs', async () => {
    const stop = new AbortController();
    const hanging = orAborted(new Promise(() => undefined), stop.signal);
    stop.abort(new Error('enough'));
    await expect(hanging).rejects.toThrow('enough');
    expect(await orAborted(Promise.resolve(7), new AbortController().signal)).toBe(7);
    await expect(orAborted(Promise.resolve(7), stop.signal)).resolves.toBe(7);
  });
});

describe('revisions', () => {
  test.each(['main', 'feature/login', 'v1.2.3', 'abcd', 'a'.repeat(40), 'a'.repeat(256), 'release-1.2'])(
    '%s may be asked for',
    (revision) => {
      expect(revisionProblem(revision)).toBeNull();
    },
  );
  test.each([
    '',
    '--upload-pack=x',
    'a..b',
    'main~2',
    'main^',
    'HEAD@{1}',
    'a b',
    'a:b',
    'a\nb',
    '/etc',
    '../x',
    'a//b',
    'a?',
    'a*',
    'a[',
    'a\\b',
    'x.lock',
    'x.',
    'x/',
    'a'.repeat(257),
  ])('%j may not', (revision) => {
    expect(revisionProblem(revision)).not.toBeNull();
  });
  test('a full hash is 40 or 64 lower-case digits', () => {
    expect(isFullHash('a'.repeat(40))).toBe(true);
    expect(isFullHash('a'.repeat(64))).toBe(true);
    expect(isFullHash('A'.repeat(40))).toBe(false);
    expect(isFullHash('a'.repeat(41))).toBe(false);
  });
});

describe('branches', () => {
  const repository = { ...repositoryDefaults, name: 'p', url: '/p' };
  test('without globs it is the default branch alone', () => {
    expect(isWatched(repository, 'main', 'main')).toBe(true);
    expect(isWatched(repository, 'main', 'dev')).toBe(false);
    expect(isWatched(repository, null, 'main')).toBe(false);
  });
  test('with globs the default branch needs one too, and comes first', () => {
    const globs = { ...repository, branches: ['**', '!wip/*'] };
    const heads = ['b', 'main', 'a', 'wip/x'].map((branch) => ({ branch, hash: branch }));
    expect(watchedHeads(globs, 'main', heads).map(({ branch }) => branch)).toEqual(['main', 'a', 'b']);
    expect(isWatched({ ...repository, branches: ['dev'] }, 'main', 'main')).toBe(false);
  });
});
