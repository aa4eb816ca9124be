/** The slots of a scenario by the time at which each is free next: a binary heap over typed arrays, since it is the inner loop. */
import { remainingAt } from './durations.ts';
import type { Scene, SceneSlot } from './scene.ts';

export interface SlotTimes {
  /** When the first slot is free, infinite when none will be. */
  first(): number;
  firstMachine(): string;
  /** Moves the first slot to a later time. */
  moveFirst(time: number): void;
}

/** Nothing says how long a slot stays held: as long again as so far, and this long at least. */
const shortestHoldMs = 5_000;

export function createSlotTimes(scene: Scene, random: () => number): SlotTimes {
  const { slots } = scene;
  const times = Float64Array.from(slots, (slot) => scene.at + untilFree(slot, scene.turnoverMs, random));
  const order = Int32Array.from(slots, (_, index) => index);
  const timeAt = (place: number): number => times[order[place] as number] as number;
  function sink(from: number): void {
    const moving = order[from] as number;
    const time = times[moving] as number;
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= order.length) break;
      if (child + 1 < order.length && timeAt(child + 1) < timeAt(child)) child++;
      if (timeAt(child) >= time) break;
      order[place] = order[child] as number;
      place = child;
    }
    order[place] = moving;
  }
  for (let place = (order.length >> 1) - 1; place >= 0; place--) sink(place);
  return {
    first: () => (order.length === 0 ? Number.POSITIVE_INFINITY : timeAt(0)),
    firstMachine: () => slots[order[0] as number]?.machineId ?? '',
    moveFirst(time) {
      times[order[0] as number] = time;
      sink(0);
    },
  };
}

function untilFree(slot: SceneSlot, turnoverMs: number, random: () => number): number {
  if (slot.running !== null) {
    return remainingAt(slot.running.spread.quantiles, slot.running.elapsed, random()) + turnoverMs;
  }
  if (slot.heldFor === null) return 0;
  return Math.max(slot.heldFor, shortestHoldMs) * ((1 - random()) ** -0.5 - 1);
}
