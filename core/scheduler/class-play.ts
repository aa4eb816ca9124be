/** One class in one possible future: what waits now in its given order, and newcomers among it. */
import { isTurnOfOldest } from './lane.ts';
import type { Scene, SceneClass } from './scene.ts';
import { createStream } from './stream.ts';
import type { Task } from './types.ts';

/** Numbers from 0 are tasks of the scene; a newcomer is −1 less its place among the arrivals. */
export interface ClassPlay {
  /** Waiting tasks of the scene and newcomers. */
  left(): number;
  nextArrival(): number;
  /** Lets in who has arrived by `now`. */
  admit(now: number): void;
  /** The number of the one whose turn it is, null when nobody may start now. */
  take(now: number, machineId: string): number | null;
  newcomer(number: number): Task;
}

interface Newcomer {
  readonly number: number;
  /** The turn of the class from which on it goes before what waited already. */
  readonly turn: number;
}

/** `taken` marks tasks of the scene that have started; all classes of a play share it. */
export function createClassPlay(
  scene: Scene,
  ofClass: SceneClass,
  taken: Uint8Array,
  random: () => number,
): ClassPlay {
  const { preferred, byAge, order } = ofClass;
  const stream = createStream(scene.at, ofClass, random);
  const newcomers: Newcomer[] = [];
  let known = preferred.length;
  let turns = order.turns;
  let preferredFront = 0;
  let oldestFront = 0;
  function find(list: Int32Array, front: number, now: number, machineId: string): number | null {
    for (let index = front; index < list.length; index++) {
      const number = list[index] as number;
      if (taken[number] === 1) continue;
      const bound = scene.bounds[number] as number;
      if (bound === 0) return number;
      const task = scene.tasks[number] as Task;
      if ((bound & 1) !== 0 && task.notBefore > now) continue;
      if ((bound & 2) === 0 || !task.avoid.includes(machineId)) return number;
    }
    return null;
  }
  function findPreferred(now: number, machineId: string): number | null {
    while (preferredFront < preferred.length && taken[preferred[preferredFront] as number] === 1)
      preferredFront++;
    return find(preferred, preferredFront, now, machineId);
  }
  function findOldest(now: number, machineId: string): number | null {
    while (oldestFront < byAge.length && taken[byAge[oldestFront] as number] === 1) oldestFront++;
    return find(byAge, oldestFront, now, machineId);
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
  /** Only where the newest goes first can a lower priority hold a newcomer back. */
  function isOutranked(number: number): boolean {
    const newest = newcomers.at(-1);
    if (order.newcomerWaits > 0 || newest === undefined) return false;
    return (scene.tasks[number] as Task).priority > stream.task(newest.number).priority;
  }
  return {
    left: () => known + newcomers.length,
    nextArrival: stream.next,
    admit(now) {
      while (stream.next() <= now) {
        newcomers.push({ number: stream.pass(), turn: turns + order.newcomerWaits });
      }
    },
    take(now, machineId) {
      if (isTurnOfOldest(turns, order.oldestEvery)) {
        const oldest = findOldest(now, machineId);
        return oldest === null ? takeNewcomer() : takeKnown(oldest);
      }
      const number = findPreferred(now, machineId);
      if (number === null) return takeNewcomer();
      const first = newcomers[0];
      if (first === undefined || first.turn > turns || isOutranked(number)) return takeKnown(number);
      return takeNewcomer();
    },
    newcomer: stream.task,
  };
}
