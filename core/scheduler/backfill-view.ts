/** Takes from the backfill queue in order without changing it: holes that were taken from are replaced by their parts. */
import type { BackfillState, LineWork } from './backfill-state.ts';
import { compareHoles, type Hole, nearest, positionOf, splitHole, tiers } from './holes.ts';
import { createFinder, isTurnOfOldest } from './lane.ts';
import type { LineRecord } from './lines.ts';
import { byNewest, type ClassView, type Rule, type Taken, type Usable } from './queues.ts';
import { firstIndex, insertSorted, removeSorted } from './sorted.ts';
import type { Task } from './types.ts';

export function viewBackfill(
  state: BackfillState,
  lineRecordOf: (task: Task) => LineRecord | null,
): ClassView {
  const taken = new Set<Task>();
  const findOldest = createFinder(state.byAge, taken);
  const findSilent = createFinder(state.silent, taken);
  /** Tasks whose place another one took, so that they tell nothing any more. */
  const outdone: Task[] = [];
  const findOutdone = createFinder(outdone, taken);
  const holes = createHolesView(state);
  let turns = state.turns;
  function takeOldest(usable: Usable): Taken | null {
    const task = findOldest(usable);
    if (task === null) return null;
    settle(task);
    return { task, rule: { kind: 'oldest', every: state.oldestEvery } };
  }
  function settle(task: Task): void {
    const record = lineRecordOf(task);
    const work = record && state.works.get(record);
    if (work && holes.replaceAround(work, positionOf(task))) addOutdone(work.waiting, task);
  }
  function takeFromHole(usable: Usable): Taken | null {
    const found = holes.take(usable);
    if (found === null) return null;
    addOutdone(found.hole.waiting, found.task);
    return { task: found.task, rule: ruleOf(found.hole) };
  }
  function takeSilent(usable: Usable): Taken | null {
    const settled = findSilent(usable);
    const late = findOutdone(usable);
    const task = settled && late ? (byNewest(settled, late) < 0 ? settled : late) : (settled ?? late);
    return task && { task, rule: { kind: 'known' } };
  }
  function addOutdone(waiting: readonly Task[], task: Task): void {
    const first = firstIndex(waiting, (other) => positionOf(other) >= positionOf(task));
    for (let index = first; index < waiting.length; index++) {
      const other = waiting[index] as Task;
      if (positionOf(other) !== positionOf(task)) return;
      if (other !== task) insertSorted(outdone, other, byNewest);
    }
  }
  return {
    get left() {
      return state.byAge.length - taken.size;
    },
    take(usable) {
      const found = isTurnOfOldest(turns, state.oldestEvery)
        ? takeOldest(usable)
        : (takeFromHole(usable) ?? takeSilent(usable));
      if (found === null) return null;
      taken.add(found.task);
      turns++;
      return found;
    },
    settle,
  };
}

interface HolesView {
  take(usable: Usable): { readonly task: Task; readonly hole: Hole } | null;
  /** The place is built for a reason other than its hole; false when it lies in none. */
  replaceAround(work: LineWork, position: number): boolean;
}

function createHolesView(state: BackfillState): HolesView {
  /** Holes of the queue that were taken from, and what they were replaced by, most telling first. */
  const replaced = new Set<Hole>();
  const parts: Hole[] = [];
  let front = 0;
  function replace(hole: Hole, position: number): void {
    if (!removeSorted(parts, hole, compareHoles)) replaced.add(hole);
    for (const part of splitHole(hole, position)) insertSorted(parts, part, compareHoles);
  }
  return {
    take(usable) {
      for (let hole = state.holes[front]; hole && replaced.has(hole); hole = state.holes[front]) front++;
      let index = front;
      let part = 0;
      for (;;) {
        const original = state.holes[index];
        const other = parts[part];
        const isPart = original === undefined || (other && compareHoles(other, original) < 0);
        const hole = isPart ? other : original;
        if (hole === undefined) return null;
        if (isPart) part++;
        else index++;
        const task = replaced.has(hole) ? null : nearest(hole.waiting, hole, usable);
        if (task === null) continue;
        replace(hole, positionOf(task));
        return { task, hole };
      }
    },
    replaceAround(work, position) {
      const contains = (hole: Hole): boolean => hole.from < position && position < hole.to;
      const original = work.holes[firstIndex(work.holes, (hole) => hole.to > position)];
      const hole =
        original !== undefined && !replaced.has(original)
          ? original
          : parts.find((part) => part.waiting === work.waiting && contains(part));
      if (hole === undefined || !contains(hole)) return false;
      replace(hole, position);
      return true;
    },
  };
}

function ruleOf(hole: Hole): Rule {
  if (hole.tier === tiers.untold) return { kind: 'first-verdict' };
  if (hole.tier === tiers.gap) return { kind: 'gap', places: hole.places };
  return { kind: 'window', from: hole.from, to: hole.to, whole: hole.tier === tiers.window };
}
