/** Tasks that come, start, end and go. What contradicts what is known (an end of something not running) changes nothing. */
import { noteArrival } from './arrivals.ts';
import { machineWithId, setUse, useOf } from './machines.ts';
import {
  dequeue,
  enqueue,
  type FarmState,
  type Host,
  hostNamed,
  type Machine,
  type Waiting,
} from './state.ts';
import type { Task } from './types.ts';

/** A slot that stays empty longer between two tasks was not only being turned over. */
const longestTurnoverMs = 5 * 60_000;
const keptTurnovers = 32;

/** Also takes the place of a waiting task with the same id. */
export function addTask(state: FarmState, task: Task, at: number): void {
  removeTask(state, task.id, at);
  const host = hostNamed(state, task.hostType);
  const waiting: Waiting = { task, host, since: at, parked: null };
  state.waiting.set(task.id, waiting);
  queueOrPark(state, waiting, at);
  // What is parked stands in nobody's way.
  if (waiting.parked === null) noteArrival(host.arrivals, task, at);
}

/** Puts a task that is in no queue where it belongs now. */
export function queueOrPark(state: FarmState, waiting: Waiting, at: number): void {
  if (!state.builders.has(waiting.task.builder)) waiting.parked = 'builder';
  else if (state.running.has(waiting.task.id)) waiting.parked = 'running';
  else enqueue(state, waiting, at);
}

export function removeTask(state: FarmState, taskId: string, at: number): void {
  const waiting = state.waiting.get(taskId);
  if (waiting === undefined) return;
  dequeue(state, waiting, at, false);
  state.waiting.delete(taskId);
}

export interface SlotName {
  readonly taskId: string;
  readonly machineId: string;
  readonly slot: number;
}

export function startTask(state: FarmState, { taskId, machineId, slot }: SlotName, at: number): void {
  const waiting = state.waiting.get(taskId);
  const machine = machineWithId(state, machineId);
  releaseSlot(state, machine, slot, at);
  if (waiting !== undefined) {
    noteTurnover(waiting.host, machine, slot, waiting, at);
    dequeue(state, waiting, at, true);
    state.waiting.delete(taskId);
  }
  machine.endedAt.delete(slot);
  const occupant = { taskId, task: waiting?.task ?? null, startedAt: at };
  state.running.set(taskId, occupant);
  // A claim proves that nothing else holds the slot.
  setUse(state, machine, slot, { occupant, hold: null }, at);
  if (occupant.task !== null) state.lines.building(occupant.task, true);
}

/** How long a free slot took to be used again, when work was there to use it. */
function noteTurnover(host: Host, machine: Machine, slot: number, waiting: Waiting, at: number): void {
  const endedAt = machine.endedAt.get(slot);
  if (endedAt === undefined || Math.max(waiting.since, waiting.task.notBefore) > endedAt) return;
  if (at - endedAt > longestTurnoverMs) return;
  host.turnovers.push(Math.max(0, at - endedAt));
  if (host.turnovers.length > keptTurnovers) host.turnovers.shift();
}

export function endTask(
  state: FarmState,
  ended: SlotName & { readonly ranMs: number | null },
  at: number,
): void {
  const machine = state.machines.get(ended.machineId);
  const occupant = machine && useOf(machine, ended.slot).occupant;
  if (!machine || !occupant || occupant.taskId !== ended.taskId) return;
  if (ended.ranMs !== null && occupant.task !== null) {
    state.durations.learn(occupant.task.builder, occupant.task.repo, ended.ranMs);
  }
  machine.endedAt.set(ended.slot, at);
  releaseSlot(state, machine, ended.slot, at);
}

/** Nothing of a task is in the slot any more; who holds it otherwise goes on holding it. */
export function releaseSlot(state: FarmState, machine: Machine, slot: number, at: number): void {
  const { occupant, hold } = useOf(machine, slot);
  if (occupant === null) return;
  setUse(state, machine, slot, { occupant: null, hold }, at);
  if (occupant.task !== null) state.lines.building(occupant.task, false);
  if (state.running.get(occupant.taskId) !== occupant) return;
  state.running.delete(occupant.taskId);
  const again = state.waiting.get(occupant.taskId);
  if (again?.parked === 'running') queueOrPark(state, again, at);
}
