/**
 * A hole is a stretch of a line between two settled places (a verdict, or a build that runs) where work waits. It is rated by
 * what a build in it would tell, most first: 1. a regression window (it passed at the lower end and failed at the upper end);
 * 2. part of such a window that running builds have split; 3. a line of which nothing is known; 4. any other hole, the
 * biggest first. Among equals the newest goes first, and a builder's priority decides before size, but never before a regression.
 */
import { compareText, firstIndex } from './sorted.ts';
import type { Task } from './types.ts';

export const tiers = { window: 0, windowPart: 1, untold: 2, gap: 3 } as const;
export type Tier = (typeof tiers)[keyof typeof tiers];

export interface Hole {
  /** Waiting tasks of the whole line, oldest place first. */
  readonly waiting: readonly Task[];
  /** The settled places around it, exclusive; infinite at an open end. */
  readonly from: number;
  readonly to: number;
  readonly tier: Tier;
  /** Places inside; at an open end only as far as work waits. */
  readonly places: number;
  /** The place that would tell most, and the task nearest to it. */
  readonly target: number;
  readonly best: Task;
}

/** The hole between two settled places, or null when no work waits in it. */
export function holeBetween(waiting: readonly Task[], from: number, to: number, tier: Tier): Hole | null {
  const first = firstIndex(waiting, (task) => positionOf(task) > from);
  const end = firstIndex(waiting, (task) => positionOf(task) >= to);
  if (first >= end) return null;
  const oldest = positionOf(waiting[first] as Task);
  const newest = positionOf(waiting[end - 1] as Task);
  const low = Number.isFinite(from) ? from : oldest - 1;
  const high = Number.isFinite(to) ? to : newest + 1;
  // Above the last settled place the present state is what matters, elsewhere halving what is not known.
  const target = Number.isFinite(to) ? Math.floor((low + high) / 2) : newest;
  const best = nearest(waiting, { from, to, target }, () => true);
  return best && { waiting, from, to, tier, places: high - low - 1, target, best };
}

/** The acceptable task in the hole that is nearest to its target, the newer of two. */
export function nearest(
  waiting: readonly Task[],
  hole: Pick<Hole, 'from' | 'to' | 'target'>,
  accept: (task: Task) => boolean,
): Task | null {
  let above = firstIndex(waiting, (task) => positionOf(task) >= hole.target);
  let below = above - 1;
  for (;;) {
    const upper = within(waiting[above], hole);
    const lower = within(waiting[below], hole);
    if (upper === null && lower === null) return null;
    const isUpper =
      lower === null ||
      (upper !== null && positionOf(upper) - hole.target <= hole.target - positionOf(lower));
    const task = isUpper ? upper : lower;
    if (task !== null && accept(task)) return task;
    if (isUpper) above++;
    else below--;
  }
}

function within(task: Task | undefined, hole: Pick<Hole, 'from' | 'to'>): Task | null {
  if (task === undefined) return null;
  const position = positionOf(task);
  return position > hole.from && position < hole.to ? task : null;
}

/** What is left of a hole once the place `at` in it is being built. */
export function splitHole(hole: Hole, at: number): readonly Hole[] {
  const tier = hole.tier <= tiers.windowPart ? tiers.windowPart : tiers.gap;
  return [
    holeBetween(hole.waiting, hole.from, at, tier),
    holeBetween(hole.waiting, at, hole.to, tier),
  ].filter((part) => part !== null);
}

/** Most telling first; equal only for the same hole. */
export function compareHoles(a: Hole, b: Hole): number {
  return (
    Math.min(a.tier, tiers.untold) - Math.min(b.tier, tiers.untold) ||
    b.best.priority - a.best.priority ||
    a.tier - b.tier ||
    (a.tier === tiers.gap ? b.places - a.places : 0) ||
    b.best.commitAt - a.best.commitAt ||
    compareText(a.best.id, b.best.id)
  );
}

export function positionOf(task: Task): number {
  return task.place?.position ?? Number.NaN;
}
