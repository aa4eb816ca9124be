/** One host type at one moment, laid out flat for the scenarios that the forecast plays. */
import { type Arrival, historyOf } from './arrivals.ts';
import type { Durations, Spread } from './durations.ts';
import { avoids } from './eligibility.ts';
import { useOf } from './machines.ts';
import type { ClassOrder } from './queues.ts';
import type { Host, Machine } from './state.ts';
import type { Turns } from './turns.ts';
import type { Task } from './types.ts';

/** A slot of a ready machine. Free: both null. */
export interface SceneSlot {
  readonly machineId: string;
  /** What runs in it, and since how many ms. */
  readonly running: { readonly spread: Spread; readonly elapsed: number } | null;
  /** Since how many ms something other than a task holds it. */
  readonly heldFor: number | null;
}

export interface SceneClass {
  readonly preferred: Int32Array;
  readonly byAge: Int32Array;
  readonly order: ClassOrder;
  readonly arrivals: readonly Arrival[];
  readonly start: number;
  readonly spanMs: number;
}

export interface Scene {
  readonly at: number;
  readonly slots: readonly SceneSlot[];
  readonly tasks: readonly Task[];
  /** How long each takes. */
  readonly spreads: readonly Spread[];
  /** For each task the sum of what binds it: 1: it pauses, 2: it avoids machines. */
  readonly bounds: Uint8Array;
  /** The ends of pauses, soonest first. */
  readonly pauseEnds: readonly number[];
  /** Null: a task that was never heard of. */
  readonly spreadOf: (task: Task | null) => Spread;
  readonly classes: readonly SceneClass[];
  readonly turns: Turns;
  /** Ms between the end of a task and the start of the next one in the same slot. */
  readonly turnoverMs: number;
}

/** Free slots beyond what the waiting work and some newcomers can use change nothing. */
const spareSlots = 32;

/** `tasks`: everything queued on the host. */
export function createScene(host: Host, tasks: readonly Task[], durations: Durations, at: number): Scene {
  const indexOf = new Map(tasks.map((task, index) => [task, index]));
  const indexed = (list: readonly Task[]): Int32Array =>
    Int32Array.from(list, (task) => indexOf.get(task) as number);
  const histories = historyOf(host.arrivals, at);
  const spreadOf = (task: Task | null): Spread =>
    durations.spread(task?.builder ?? 'an unheard-of builder', task?.repo ?? '');
  return {
    at,
    slots: slotsOf(host, tasks.length + spareSlots, spreadOf, at),
    tasks,
    spreads: tasks.map(spreadOf),
    bounds: Uint8Array.from(
      tasks,
      (task) => (task.notBefore > at ? 1 : 0) + (avoidsAny(task, host, at) ? 2 : 0),
    ),
    pauseEnds: tasks.flatMap((task) => (task.notBefore > at ? [task.notBefore] : [])).sort((a, b) => a - b),
    spreadOf,
    classes: host.queue.orders().map((order, index) => ({
      preferred: indexed(order.preferred),
      byAge: indexed(order.byAge),
      order,
      ...(histories[index] as (typeof histories)[number]),
    })),
    turns: host.queue.turns(),
    turnoverMs: average(host.turnovers),
  };
}

function avoidsAny(task: Task, host: Host, at: number): boolean {
  return task.avoid.some((machineId) => avoids(task, machineId, host, at));
}

function slotsOf(
  host: Host,
  mostFree: number,
  spreadOf: Scene['spreadOf'],
  at: number,
): readonly SceneSlot[] {
  const slots: SceneSlot[] = [];
  let free = 0;
  for (const machine of host.machines.values()) {
    const count = machine.view?.availability === 'ready' ? machine.view.slots : 0;
    for (let slot = 0; slot < count; slot++) {
      const seen = slotOf(machine, slot, spreadOf, at);
      if (seen.running === null && seen.heldFor === null && ++free > mostFree) continue;
      slots.push(seen);
    }
  }
  return slots;
}

function slotOf(machine: Machine, slot: number, spreadOf: Scene['spreadOf'], at: number): SceneSlot {
  const { occupant, hold } = useOf(machine, slot);
  return {
    machineId: machine.id,
    running: occupant && {
      spread: spreadOf(occupant.task),
      elapsed: Math.max(0, at - occupant.startedAt),
    },
    heldFor: hold && Math.max(0, at - hold.since),
  };
}

function average(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
