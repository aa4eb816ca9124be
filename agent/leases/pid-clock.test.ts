import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createManualClock } from '../kit/manual-clock.ts';
import { createPidClock } from './pid-clock.ts';

function pidsOf(size: number, first: number) {
  let last = first;
  return {
    source: { size, last: () => last },
    give(count: number): number[] {
      return Array.from({ length: count }, () => {
        // Nobody has the id 0.
        last = (last % (size - 1)) + 1;
        return last;
      });
    },
  };
}

test('the range holds every id that was given since the mark, however the circle turns', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 999 }),
      fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 }),
      fc.nat(59),
      async (first, steps, markAt) => {
        const clock = createManualClock();
        const pids = pidsOf(1_000, first);
        const pidClock = createPidClock(clock, pids.source);
        let mark = pidClock.mark();
        let given: number[] = [];
        for (const [index, count] of steps.entries()) {
          if (index === markAt) {
            mark = pidClock.mark();
            given = [];
          }
          given.push(...pids.give(count));
          await clock.advance(1);
          pidClock.mark();
        }
        const range = pidClock.since(mark);
        if (range === undefined) {
          expect(given.length).toBeGreaterThan(490);
          return;
        }
        for (const pid of given) {
          expect((pid - range.first + 1_000) % 1_000).toBeLessThan(range.length);
        }
      },
    ),
  );
});

test('after a look that came too late to tell the turns apart, any id may be among them', async () => {
  const clock = createManualClock();
  const pids = pidsOf(32_768, 5);
  const pidClock = createPidClock(clock, pids.source);
  const mark = pidClock.mark();
  await clock.advance(300);
  expect(pidClock.since(mark)).toBeDefined();
  await clock.advance(400);
  expect(pidClock.since(mark)).toBeUndefined();
  expect(pidClock.since(pidClock.mark())).toMatchObject({ length: 0 });
});

test('a system that does not say gives no range', () => {
  const pidClock = createPidClock(createManualClock(), { size: 32_768, last: () => 0 });
  expect(pidClock.since(pidClock.mark())).toBeUndefined();
});
