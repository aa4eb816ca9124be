import { expect, test } from 'bun:test';
import { createDeferred } from '../../agent/kit/deferred.ts';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { createLoopLag } from './loop-lag.ts';
import { createProbe } from './probing.ts';

test('an answer and a refusal are remembered with their time', async () => {
  const clock = createManualClock(1_000);
  let fails = false;
  const probe = createProbe({ clock }, 'The store', async () => {
    if (fails) throw new Error('no route');
    return 7;
  });
  expect(probe.latest()).toBeNull();
  await probe.look();
  expect(probe.latest()).toEqual({ ok: true, value: 7, at: 1_000 });
  fails = true;
  await clock.advance(500);
  await probe.look();
  expect(probe.latest()).toEqual({ ok: false, message: 'no route', at: 1_500 });
  expect(clock.waiting).toBe(0);
});

test('silence is told after ten seconds, is not asked a second time, and ends with the answer', async () => {
  const clock = createManualClock(0);
  const answer = createDeferred<number>();
  let asked = 0;
  const probe = createProbe({ clock }, 'The store', () => {
    asked++;
    return answer.promise;
  });
  const looked = probe.look();
  await clock.advance(10_000);
  await looked;
  expect(probe.latest()).toEqual({
    ok: false,
    message: 'The store has not answered for 10 s',
    at: 10_000,
  });
  await probe.look();
  expect(asked).toBe(1);
  answer.resolve(3);
  await clock.advance(1);
  expect(probe.latest()).toMatchObject({ ok: true, value: 3 });
});

test('the lag of the loop is the worst of the last seconds, and is forgotten', async () => {
  const clock = createManualClock(0);
  let extra = 0;
  const told: number[] = [];
  const late = { ...clock, monotonic: () => clock.monotonic() + extra };
  const lag = createLoopLag(
    { clock: late, tell: (fact) => fact.type === 'loop-lag' && told.push(fact.ms) },
    500,
  );
  const stop = new AbortController();
  const running = lag.run(stop.signal);
  await clock.advance(500);
  extra = 300;
  await clock.advance(500);
  expect(told).toEqual([0, 300]);
  expect(lag.worstMs()).toBe(300);
  await clock.advance(25_000);
  expect(lag.worstMs()).toBe(0);
  stop.abort(new Error('over'));
  await running;
  expect(clock.waiting).toBe(0);
});
