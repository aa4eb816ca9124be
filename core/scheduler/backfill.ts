/**
 * The queue of old work: holes in histories, filled by what a build would tell (`holes.ts`), with a turn for the longest
 * waiting in between. Holes are kept up to date around the place where something changed; nothing is rated anew for a pick.
 */
import type { BackfillState, LineWork } from './backfill-state.ts';
import { viewBackfill } from './backfill-view.ts';
import { compareHoles, type Hole, holeBetween, positionOf, type Tier, tiers } from './holes.ts';
import {
  firstAtOrAbove,
  isSettled,
  type KnownNeighbours,
  knownAround,
  type LineRecord,
  type Lines,
  lineOf,
  verdictAt,
} from './lines.ts';
import { byAge, byNewest, type ClassOrder, type ClassQueue } from './queues.ts';
import { firstIndex, insertSorted, removeSorted } from './sorted.ts';
import type { Task } from './types.ts';

/** `reordered` is called when something on a line changed what the waiting work would tell. */
export function createBackfillQueue(lines: Lines, oldestEvery: number, reordered: () => void): ClassQueue {
  const state: BackfillState = {
    works: new Map(),
    holes: [],
    silent: [],
    byAge: [],
    oldestEvery,
    turns: 0,
  };
  function lineRecordOf(task: Task): LineRecord | null {
    const line = lineOf(task);
    return line === null ? null : lines.of(line);
  }
  function leave(task: Task): void {
    removeSorted(state.byAge, task, byAge);
    removeSorted(state.silent, task, byNewest);
    const record = lineRecordOf(task);
    const work = record && state.works.get(record);
    if (!work) return;
    removeSorted(work.waiting, task, byPlace);
    refresh(state, work, positionOf(task));
    if (work.waiting.length > 0) return;
    state.works.delete(work.line);
    work.line.listeners.delete(work.listen);
  }
  return {
    get size() {
      return state.byAge.length;
    },
    add(task) {
      insertSorted(state.byAge, task, byAge);
      const record = lineRecordOf(task);
      if (record === null) {
        insertSorted(state.silent, task, byNewest);
        return;
      }
      const work = state.works.get(record) ?? startWork(state, record, reordered);
      insertSorted(work.waiting, task, byPlace);
      if (work.settled.has(positionOf(task))) insertSorted(state.silent, task, byNewest);
      refresh(state, work, positionOf(task));
    },
    remove: leave,
    start(task) {
      leave(task);
      state.turns++;
    },
    view: () => viewBackfill(state, lineRecordOf),
    order: () => orderOfBackfill(state, lineRecordOf),
  };
}

function byPlace(a: Task, b: Task): number {
  return positionOf(a) - positionOf(b) || byAge(a, b);
}

function startWork(state: BackfillState, line: LineRecord, reordered: () => void): LineWork {
  const work: LineWork = {
    line,
    waiting: [],
    holes: [],
    settled: new Set(),
    listen(position) {
      refresh(state, work, position);
      reordered();
    },
  };
  state.works.set(line, work);
  line.listeners.add(work.listen);
  return work;
}

/**
 * Rates the holes around a place anew: all between the nearest verdicts on both sides, since a verdict decides whether
 * everything up to the next one is a regression window.
 */
function refresh(state: BackfillState, work: LineWork, position: number): void {
  const around = knownAround(work.line, position);
  const first = firstIndex(work.holes, (hole) => hole.from >= around.below);
  const end = firstIndex(work.holes, (hole) => hole.from >= around.above);
  const fresh = holesWithin(work, around);
  for (const hole of work.holes.splice(first, end - first, ...fresh)) {
    removeSorted(state.holes, hole, compareHoles);
  }
  for (const hole of fresh) insertSorted(state.holes, hole, compareHoles);
  sortOutSilent(state, work, position);
}

function holesWithin(work: LineWork, around: KnownNeighbours): readonly Hole[] {
  const { line } = work;
  const settled = new Set<number>();
  const start = firstAtOrAbove(line.building, around.below);
  for (let index = start; (line.building[index] ?? around.above) < around.above; index++) {
    settled.add(line.building[index] as number);
  }
  const middle = line.known[firstAtOrAbove(line.known, around.below + 1)];
  if (middle !== undefined && middle < around.above) settled.add(middle);
  const borders = [...settled].filter((place) => place > around.below).sort((a, b) => a - b);
  const holes: Hole[] = [];
  let from = around.below;
  for (const to of [...borders, around.above]) {
    const hole = holeBetween(work.waiting, from, to, tierOf(line, from, to));
    if (hole !== null) holes.push(hole);
    from = to;
  }
  return holes;
}

function tierOf(line: LineRecord, from: number, to: number): Tier {
  if (!Number.isFinite(from) && !Number.isFinite(to)) return tiers.untold;
  const below = verdictAt(line, from) === null ? knownAround(line, from).below : from;
  const above = verdictAt(line, to) === null ? knownAround(line, to).above : to;
  if (verdictAt(line, below) !== true || verdictAt(line, above) !== false) return tiers.gap;
  return below === from && above === to ? tiers.window : tiers.windowPart;
}

/** Tasks at the place itself tell something only while it has neither a verdict nor a build. */
function sortOutSilent(state: BackfillState, work: LineWork, position: number): void {
  const first = firstIndex(work.waiting, (task) => positionOf(task) >= position);
  const at = work.waiting[first];
  const settled = at !== undefined && positionOf(at) === position && isSettled(work.line, position);
  if (settled === work.settled.has(position)) return;
  if (settled) work.settled.add(position);
  else work.settled.delete(position);
  for (let index = first; index < work.waiting.length; index++) {
    const task = work.waiting[index] as Task;
    if (positionOf(task) !== position) return;
    if (settled) insertSorted(state.silent, task, byNewest);
    else removeSorted(state.silent, task, byNewest);
  }
}

function orderOfBackfill(state: BackfillState, lineRecordOf: (task: Task) => LineRecord | null): ClassOrder {
  const view = viewBackfill({ ...state, oldestEvery: Number.POSITIVE_INFINITY }, lineRecordOf);
  const preferred: Task[] = [];
  for (let taken = view.take(() => true); taken !== null; taken = view.take(() => true)) {
    preferred.push(taken.task);
  }
  return { ...state, preferred, newcomerWaits: preferred.length / 2 };
}
