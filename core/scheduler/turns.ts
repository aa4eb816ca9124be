/**
 * Whose turn it is between the classes of one host type: self-clocked fair queueing (S. J. Golestani, "A self-clocked fair
 * queueing scheme for broadband applications", INFOCOM 1994) with one unit of work per placement. A class whose work begins to
 * wait gets a turn at `clock + 1 / weight`; the earliest turn is used, and the clock moves there. So an idle class saves
 * nothing up, and while class c waits, each other class d gets at most weight(d) / weight(c) + 2 turns: nothing starves.
 */
import { type SchedulerPolicy, type TaskClass, taskClasses } from './types.ts';

export interface Turns {
  clock: number;
  /** Of each class in the order of `taskClasses`; infinite while nothing of it waits. */
  readonly at: number[];
  /** What one placement costs each class on the clock. */
  readonly cost: number[];
}

/** A smaller weight counts as this one, so that no policy can starve a class. */
export const smallestWeight = 0.001;

/** Holds until the first policy is heard. */
export const defaultWeights: SchedulerPolicy['weights'] = {
  interactive: 1000,
  try: 100,
  'post-submit': 10,
  backfill: 1,
};

export function costsOf(weights: SchedulerPolicy['weights']): number[] {
  return taskClasses.map((name) => 1 / Math.max(weights[name], smallestWeight));
}

export function createTurns(cost: readonly number[]): Turns {
  return { clock: 0, at: taskClasses.map(() => Number.POSITIVE_INFINITY), cost: [...cost] };
}

export function copyTurns(turns: Turns): Turns {
  return { clock: turns.clock, at: [...turns.at], cost: turns.cost };
}

export function classIndex(name: TaskClass): number {
  return taskClasses.indexOf(name);
}

/** The class's first task begins to wait. */
export function armTurn(turns: Turns, index: number): void {
  turns.at[index] = turns.clock + (turns.cost[index] as number);
}

/** The class's last task has gone. */
export function disarmTurn(turns: Turns, index: number): void {
  turns.at[index] = Number.POSITIVE_INFINITY;
}

/** A task of the class starts; `more`: others of the class still wait. */
export function useTurn(turns: Turns, index: number, more: boolean): void {
  const at = turns.at[index] as number;
  if (Number.isFinite(at)) turns.clock = Math.max(turns.clock, at);
  if (more) armTurn(turns, index);
  else disarmTurn(turns, index);
}

/** The class whose turn comes first after those in `passed` (a bit for each class); the more urgent of two; −1: none. */
export function nextTurn(turns: Turns, passed: number): number {
  let best = -1;
  let bestAt = Number.POSITIVE_INFINITY;
  for (let index = 0; index < turns.at.length; index++) {
    const at = turns.at[index] as number;
    if (at >= bestAt || (passed & (1 << index)) !== 0) continue;
    best = index;
    bestAt = at;
  }
  return best;
}

/** New weights: a turn that they would bring earlier comes earlier. */
export function reweigh(turns: Turns, cost: readonly number[]): void {
  for (const [index, unit] of cost.entries()) {
    turns.cost[index] = unit;
    const at = turns.at[index] as number;
    if (Number.isFinite(at)) turns.at[index] = Math.min(at, turns.clock + unit);
  }
}
