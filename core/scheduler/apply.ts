/** What each event changes. Events are taken at their word; one that contradicts what is known never throws. */
import { dropMachine, machineWithId, setUse, setView, useOf } from './machines.ts';
import type { FarmState } from './state.ts';
import { dequeue, touch } from './state.ts';
import { addTask, endTask, queueOrPark, releaseSlot, removeTask, startTask } from './tasks.ts';
import { costsOf } from './turns.ts';
import type { SchedulerEvent, SchedulerPolicy } from './types.ts';

export function applyEvent(state: FarmState, event: SchedulerEvent): void {
  switch (event.type) {
    case 'policy':
      applyPolicy(state, event.policy, event.at);
      break;
    case 'task-added':
      addTask(state, event.task, event.at);
      break;
    case 'task-removed':
      removeTask(state, event.taskId, event.at);
      break;
    case 'task-started':
      startTask(state, event, event.at);
      break;
    case 'task-ended':
      endTask(state, event, event.at);
      break;
    case 'slot-held':
      holdSlot(state, event);
      break;
    case 'slot-free':
      freeSlot(state, event);
      break;
    case 'machine':
      setView(state, event.machine, event.at);
      break;
    case 'machine-removed':
      removeMachine(state, event.machineId, event.at);
      break;
    case 'verdict':
      state.lines.verdict(event.line, event.position, event.passed);
      break;
    case 'durations':
      state.durations.replace(event.builder, event.ran);
      break;
  }
}

/** Tasks whose builder came or went move into or out of their queue. */
function applyPolicy(state: FarmState, policy: SchedulerPolicy, at: number): void {
  state.policy = policy;
  state.builders = new Set(policy.builders);
  for (const waiting of state.waiting.values()) {
    const may = state.builders.has(waiting.task.builder);
    if (may && waiting.parked === 'builder') queueOrPark(state, waiting, at);
    else if (!may && waiting.parked === null) {
      dequeue(state, waiting, at, false);
      waiting.parked = 'builder';
    }
  }
  const cost = costsOf(policy.weights);
  for (const host of state.hosts.values()) {
    host.queue.reweigh(cost);
    touch(state, host, at);
  }
}

interface SlotEvent {
  readonly at: number;
  readonly machineId: string;
  readonly slot: number;
}

function holdSlot(state: FarmState, event: SlotEvent & { readonly note: string }): void {
  const machine = machineWithId(state, event.machineId);
  const { occupant } = useOf(machine, event.slot);
  setUse(state, machine, event.slot, { occupant, hold: { note: event.note, since: event.at } }, event.at);
}

function freeSlot(state: FarmState, event: SlotEvent): void {
  const machine = state.machines.get(event.machineId);
  if (machine === undefined) return;
  const { occupant } = useOf(machine, event.slot);
  setUse(state, machine, event.slot, { occupant, hold: null }, event.at);
}

function removeMachine(state: FarmState, machineId: string, at: number): void {
  const machine = state.machines.get(machineId);
  if (machine === undefined) return;
  for (const slot of [...machine.uses.keys()]) releaseSlot(state, machine, slot, at);
  dropMachine(state, machine, at);
}
