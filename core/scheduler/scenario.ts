/**
 * Plays one possible future of a host type: slots free up after drawn durations, newcomers arrive as in a drawn stretch of the
 * past, and each free slot takes by the same rules as the scheduler. Inside a class the order of what waits now is given.
 */
import { durationAt, type Spread } from './durations.ts';
import { isTurnOfOldest } from './lane.ts';
import type { Scene, SceneClass } from './scene.ts';
import { createSlotTimes } from './slot-times.ts';
import { firstIndex } from './sorted.ts';
import { createStream } from './stream.ts';
import { armTurn, copyTurns, nextTurn, useTurn } from './turns.ts';
import type { Task } from './types.ts';

/** A class in play. Numbers from 0 are tasks of the scene; a newcomer is −1 less its place among the arrivals. */
interface ClassPlay {
  /** Waiting tasks of the scene and newcomers. */
  left(): number;
  nextArrival(): number;
  /** Lets in who has arrived by `now`. */
  admit(now: number): void;
  /** The number of the one whose turn it is, null when nobody may start now. */
  take(now: number, machineId: string): number | null;
  newcomer(number: number): Task;
}

/**
 * Calls `started` once for each task that can ever start. A future that goes on too long is broken off, and what still waits
 * then counts as starting at that moment: no sooner.
 */
export function playScenario(
  scene: Scene,
  random: () => number,
  started: (task: number, at: number) => void,
): void {
  const slots = createSlotTimes(scene, random);
  const turns = copyTurns(scene.turns);
  const pauses = scene.tasks.map((task) => task.notBefore).filter((time) => time > scene.at);
  pauses.sort((a, b) => a - b);
  const classes = scene.classes.map((ofClass) => createClassPlay(scene, ofClass, random));
  const open = new Set(scene.tasks.keys());
  let now = scene.at;
  for (let steps = 3 * open.size + 256; open.size > 0 && slots.first() < Number.POSITIVE_INFINITY; steps--) {
    now = slots.first();
    if (steps === 0) break;
    for (const [index, play] of classes.entries()) {
      if (play.nextArrival() > now) continue;
      const idle = play.left() === 0;
      play.admit(now);
      if (idle) armTurn(turns, index);
    }
    const spread = takeOne();
    slots.moveFirst(
      spread === null ? nextChange() : now + durationAt(spread.quantiles, random()) + scene.turnoverMs,
    );
  }
  if (slots.first() < Number.POSITIVE_INFINITY) for (const task of open) started(task, now);

  function takeOne(): Spread | null {
    let passed = 0;
    for (;;) {
      const index = nextTurn(turns, passed);
      const play = classes[index];
      if (play === undefined) return null;
      const number = play.take(now, slots.firstMachine());
      if (number !== null) {
        useTurn(turns, index, play.left() > 0);
        if (number < 0) return scene.spreadOf(play.newcomer(number));
        open.delete(number);
        started(number, now);
        return scene.spreads[number] as Spread;
      }
      passed |= 1 << index;
    }
  }
  /** When a slot that found nothing should look again. */
  function nextChange(): number {
    let next = pauses[firstIndex(pauses, (time) => time > now)] ?? Number.POSITIVE_INFINITY;
    for (const play of classes) next = Math.min(next, play.nextArrival());
    return next;
  }
}

function createClassPlay(scene: Scene, ofClass: SceneClass, random: () => number): ClassPlay {
  const { preferred, byAge, order } = ofClass;
  const taken = new Uint8Array(scene.tasks.length);
  const stream = createStream(scene.at, ofClass, random);
  const newcomers: { readonly number: number; readonly turn: number }[] = [];
  let known = preferred.length;
  let turns = order.turns;
  const cursors = { preferred: 0, byAge: 0 };
  function find(which: 'preferred' | 'byAge', now: number, machineId: string): number | null {
    const list = which === 'preferred' ? preferred : byAge;
    while (cursors[which] < list.length && taken[list[cursors[which]] as number] === 1) cursors[which]++;
    for (let index = cursors[which]; index < list.length; index++) {
      const number = list[index] as number;
      const task = scene.tasks[number] as Task;
      if (taken[number] === 0 && task.notBefore <= now && !task.avoid.includes(machineId)) return number;
    }
    return null;
  }
  function takeKnown(number: number): number {
    taken[number] = 1;
    known--;
    turns++;
    return number;
  }
  function takeNewcomer(): number | null {
    const next = order.newcomerWaits === 0 ? newcomers.pop() : newcomers.shift();
    if (next === undefined) return null;
    turns++;
    return next.number;
  }
  return {
    left: () => known + newcomers.length,
    nextArrival: stream.next,
    admit(now) {
      while (stream.next() <= now)
        newcomers.push({ number: stream.pass(), turn: turns + order.newcomerWaits });
    },
    take(now, machineId) {
      if (isTurnOfOldest(turns, order.oldestEvery)) {
        const oldest = find('byAge', now, machineId);
        return oldest === null ? takeNewcomer() : takeKnown(oldest);
      }
      const first = newcomers[0];
      const number = find('preferred', now, machineId);
      if (number === null) return takeNewcomer();
      if (first === undefined || first.turn > turns) return takeKnown(number);
      const isOutranked =
        order.newcomerWaits === 0 &&
        (scene.tasks[number] as Task).priority > stream.task(newcomers.at(-1)?.number ?? -1).priority;
      return isOutranked ? takeKnown(number) : takeNewcomer();
    },
    newcomer: stream.task,
  };
}
