/**
 * Work that people asked for, shared fairly between them: they sit in a ring, each turn goes to the next one who has something
 * to do, and who comes back to the ring sits down at its end. A stack of fifty requests by one person so holds up another's
 * single request by one turn, and being away earns nothing.
 */
import { addToLane, createLane, type Lane, removeFromLane, viewLane } from './lane.ts';
import {
  byArrival,
  type ClassOrder,
  type ClassQueue,
  type ClassView,
  type Taken,
  type Usable,
} from './queues.ts';
import type { Task } from './types.ts';

interface Seat {
  readonly requestedBy: string | null;
  readonly view: ClassView;
}

export function createRequesterQueue(oldestEvery: number): ClassQueue {
  /** In ring order: a Map keeps the order of insertion, and leaving and coming back goes to the end. */
  const ring = new Map<string | null, Lane>();
  let size = 0;
  function leave(task: Task): Lane | undefined {
    const lane = ring.get(task.requestedBy);
    if (lane === undefined) return undefined;
    removeFromLane(lane, task);
    size--;
    if (lane.preferred.length === 0) ring.delete(task.requestedBy);
    return lane;
  }
  return {
    get size() {
      return size;
    },
    add(task) {
      const lane = ring.get(task.requestedBy) ?? createLane(byArrival, oldestEvery);
      addToLane(lane, task);
      ring.set(task.requestedBy, lane);
      size++;
    },
    remove(task) {
      leave(task);
    },
    start(task) {
      const lane = leave(task);
      if (lane === undefined || !ring.delete(task.requestedBy)) return;
      lane.turns++;
      ring.set(task.requestedBy, lane);
    },
    view: () => viewRing(ring, size),
    order: () => orderOfRing(ring, size),
  };
}

function viewRing(ring: ReadonlyMap<string | null, Lane>, size: number): ClassView {
  /** Seats that were passed over, then the rest of the ring, then seats that had a turn: so goes the ring. */
  const passed: Seat[] = [];
  const rest = ring.entries();
  const served: Seat[] = [];
  let left = size;
  function serve(seat: Seat, usable: Usable): Taken | null {
    const found = seat.view.take(usable);
    if (found === null) return null;
    left--;
    if (seat.view.left > 0) served.push(seat);
    return { task: found.task, rule: { kind: 'requester', requestedBy: seat.requestedBy, seats: ring.size } };
  }
  function serveOneOf(seats: Seat[], usable: Usable): Taken | null {
    for (const [index, seat] of seats.entries()) {
      const taken = serve(seat, usable);
      if (taken === null) continue;
      seats.splice(index, 1);
      return taken;
    }
    return null;
  }
  return {
    get left() {
      return left;
    },
    take(usable) {
      const early = serveOneOf(passed, usable);
      if (early !== null) return early;
      for (let next = rest.next(); next.done !== true; next = rest.next()) {
        const seat = { requestedBy: next.value[0], view: viewLane(next.value[1]) };
        const taken = serve(seat, usable);
        if (taken !== null) return taken;
        passed.push(seat);
      }
      return serveOneOf(served, usable);
    },
    settle() {},
  };
}

function orderOfRing(ring: ReadonlyMap<string | null, Lane>, size: number): ClassOrder {
  const view = viewRing(ring, size);
  const preferred: Task[] = [];
  for (let taken = view.take(() => true); taken !== null; taken = view.take(() => true)) {
    preferred.push(taken.task);
  }
  return { preferred, byAge: [], oldestEvery: Number.POSITIVE_INFINITY, turns: 0, newcomerWaits: ring.size };
}
