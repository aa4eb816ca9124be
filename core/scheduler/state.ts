/** All that the scheduler remembers: what waits, what runs where, and what the farm looks like. */
import { type Arrivals, createArrivals } from './arrivals.ts';
import { createDurations, type Durations } from './durations.ts';
import { createHostQueue, type HostQueue } from './host-queue.ts';
import { createLines, type Lines } from './lines.ts';
import { compareText, insertSorted, removeSorted } from './sorted.ts';
import { costsOf, defaultWeights } from './turns.ts';
import type { MachineView, SchedulerPolicy, Task } from './types.ts';

export interface Occupant {
  readonly taskId: string;
  /** Null when the task was never heard of before it started. */
  readonly task: Task | null;
  readonly startedAt: number;
}

/** What keeps a slot from being free; it is free when both are null. */
export interface SlotUse {
  readonly occupant: Occupant | null;
  readonly hold: { readonly note: string; readonly since: number } | null;
}

export interface Machine {
  readonly id: string;
  /** Null while only its slots were heard of. */
  view: MachineView | null;
  host: Host | null;
  /** Only slots that are not free. */
  readonly uses: Map<number, SlotUse>;
  /** When the last task of a slot ended, while nothing has started there since. */
  readonly endedAt: Map<number, number>;
}

export interface Host {
  readonly name: string;
  readonly queue: HostQueue;
  readonly machines: Map<string, Machine>;
  /** Ready machines with a free slot, least busy first. */
  readonly open: Machine[];
  readonly arrivals: Arrivals;
  /** The newest times in ms between the end of a task and the start of the next one that waited for the slot. */
  readonly turnovers: number[];
  /** How many queued tasks avoid a machine. */
  picky: number;
  /** Counts changes, and when the last one was: what was computed for another version is stale. */
  version: number;
  changedAt: number;
  /** At this version nothing can be placed between these times. */
  idle: { readonly version: number; readonly from: number; readonly until: number } | null;
}

export interface Waiting {
  readonly task: Task;
  readonly host: Host;
  /** Since when the scheduler knows of it. */
  readonly since: number;
  /** Why it is in no queue: its builder may not run, or its last attempt still holds a slot. */
  parked: 'builder' | 'running' | null;
}

export interface FarmState {
  policy: SchedulerPolicy | null;
  builders: ReadonlySet<string>;
  readonly lines: Lines;
  readonly durations: Durations;
  readonly hosts: Map<string, Host>;
  readonly machines: Map<string, Machine>;
  readonly waiting: Map<string, Waiting>;
  /** By task. */
  readonly running: Map<string, Occupant>;
  /** Queued tasks that had or have a pause, the earliest end first. */
  readonly pauses: Task[];
  /** Hosts with queued work that avoids a machine. */
  readonly pickyHosts: Set<Host>;
  /** Hosts with a free slot and work in the queue. */
  readonly open: Set<Host>;
}

export function createFarmState(): FarmState {
  return {
    policy: null,
    builders: new Set(),
    lines: createLines(),
    durations: createDurations(),
    hosts: new Map(),
    machines: new Map(),
    waiting: new Map(),
    running: new Map(),
    pauses: [],
    pickyHosts: new Set(),
    open: new Set(),
  };
}

export function hostNamed(state: FarmState, name: string): Host {
  const known = state.hosts.get(name);
  if (known !== undefined) return known;
  const weights = state.policy?.weights ?? defaultWeights;
  const host: Host = {
    name,
    queue: createHostQueue(state.lines, costsOf(weights), () => {
      host.version++;
    }),
    machines: new Map(),
    open: [],
    arrivals: createArrivals(),
    turnovers: [],
    picky: 0,
    version: 0,
    changedAt: 0,
    idle: null,
  };
  state.hosts.set(name, host);
  return host;
}

/** Has to follow every change of a host's queue, machines or slots. */
export function touch(state: FarmState, host: Host, at: number): void {
  host.version++;
  host.changedAt = Math.max(host.changedAt, at);
  if (host.open.length > 0 && host.queue.size > 0) state.open.add(host);
  else state.open.delete(host);
}

/** Puts a task that nothing keeps from running into its queue. */
export function enqueue(state: FarmState, waiting: Waiting, at: number): void {
  const { task, host } = waiting;
  waiting.parked = null;
  host.queue.add(task);
  if (task.notBefore > 0) insertSorted(state.pauses, task, byPauseEnd);
  if (task.avoid.length > 0) addPicky(state, host, 1);
  touch(state, host, at);
}

/** Takes a task out of its queue, if it is in one; `started`: it had its turn. */
export function dequeue(state: FarmState, waiting: Waiting, at: number, started: boolean): void {
  const { task, host } = waiting;
  if (waiting.parked !== null) return;
  if (started) host.queue.start(task);
  else host.queue.remove(task);
  removeSorted(state.pauses, task, byPauseEnd);
  if (task.avoid.length > 0) addPicky(state, host, -1);
  touch(state, host, at);
}

function addPicky(state: FarmState, host: Host, change: number): void {
  host.picky += change;
  if (host.picky > 0) state.pickyHosts.add(host);
  else state.pickyHosts.delete(host);
}

function byPauseEnd(a: Task, b: Task): number {
  return a.notBefore - b.notBefore || compareText(a.id, b.id);
}
