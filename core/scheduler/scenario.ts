/**
 * Plays one possible future of a host type: slots free up after drawn durations, newcomers arrive as in a drawn stretch of the
 * past, and each free slot takes by the same rules as the scheduler. Inside a class the order of what waits now is given.
 */
import { createClassPlay } from './class-play.ts';
import { durationAt, type Spread } from './durations.ts';
import type { Scene } from './scene.ts';
import { createSlotTimes } from './slot-times.ts';
import { firstIndex } from './sorted.ts';
import { armTurn, copyTurns, nextTurn, useTurn } from './turns.ts';

/** A future that takes more starts than this beyond three times what waits is broken off. */
const spareSteps = 256;

/**
 * Calls `started` once for each task that can ever start. In a future that is broken off, what still waits counts as starting at
 * that moment: no sooner.
 */
export function playScenario(
  scene: Scene,
  random: () => number,
  started: (task: number, at: number) => void,
): void {
  const size = scene.tasks.length;
  const slots = createSlotTimes(scene, random);
  const turns = copyTurns(scene.turns);
  const taken = new Uint8Array(size);
  const classes = scene.classes.map((ofClass) => createClassPlay(scene, ofClass, taken, random));
  let left = size;
  let now = scene.at;
  let nextArrival = soonestArrival();
  for (let steps = 3 * size + spareSteps; left > 0 && slots.first() < Number.POSITIVE_INFINITY; steps--) {
    now = slots.first();
    if (steps === 0) break;
    if (nextArrival <= now) admit();
    const spread = takeOne();
    if (spread === null) slots.moveFirst(Math.min(nextArrival, nextPauseEnd()));
    else slots.moveFirst(now + durationAt(spread.quantiles, random()) + scene.turnoverMs);
  }
  if (left === 0 || slots.first() === Number.POSITIVE_INFINITY) return;
  for (let task = 0; task < size; task++) if (taken[task] === 0) started(task, now);

  function soonestArrival(): number {
    let soonest = Number.POSITIVE_INFINITY;
    for (const play of classes) soonest = Math.min(soonest, play.nextArrival());
    return soonest;
  }
  function admit(): void {
    for (const [index, play] of classes.entries()) {
      if (play.nextArrival() > now) continue;
      const wasIdle = play.left() === 0;
      play.admit(now);
      if (wasIdle) armTurn(turns, index);
    }
    nextArrival = soonestArrival();
  }
  /** What starts now in the first slot, by how long it takes; null when nothing may. */
  function takeOne(): Spread | null {
    let passed = 0;
    for (;;) {
      const index = nextTurn(turns, passed);
      const play = classes[index];
      if (play === undefined) return null;
      const number = play.take(now, slots.firstMachine());
      if (number === null) {
        passed |= 1 << index;
        continue;
      }
      useTurn(turns, index, play.left() > 0);
      if (number < 0) return scene.spreadOf(play.newcomer(number));
      left--;
      started(number, now);
      return scene.spreads[number] as Spread;
    }
  }
  function nextPauseEnd(): number {
    const { pauseEnds } = scene;
    return pauseEnds[firstIndex(pauseEnds, (time) => time > now)] ?? Number.POSITIVE_INFINITY;
  }
}
