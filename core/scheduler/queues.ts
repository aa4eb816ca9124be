/** What the queue of one class offers to its host type, whatever rule orders it inside. */
import { compareText } from './sorted.ts';
import type { Task } from './types.ts';

/** Why a task's turn has come: the rule that chose it, with what the rule saw. */
export type Rule =
  | { readonly kind: 'requester'; readonly requestedBy: string | null; readonly seats: number }
  | { readonly kind: 'newest' }
  | { readonly kind: 'oldest'; readonly every: number }
  | { readonly kind: 'window'; readonly from: number; readonly to: number; readonly whole: boolean }
  | { readonly kind: 'first-verdict' }
  | { readonly kind: 'gap'; readonly places: number }
  | { readonly kind: 'known' };

export interface Taken {
  readonly task: Task;
  readonly rule: Rule;
}

/** True when the task may be placed where and when the asker means. */
export type Usable = (task: Task) => boolean;

/**
 * Takes tasks in the order in which they would be placed, without changing the queue. What is taken counts as started for the
 * takes after it. Good until the queue changes.
 */
export interface ClassView {
  /** Tasks not taken yet, usable or not. */
  readonly left: number;
  take(usable: Usable): Taken | null;
  /** A task of another class was taken; its place counts as being built from here on. */
  settle(task: Task): void;
}

/** The order of a class laid out flat, for the forecast, which plays it many times. */
export interface ClassOrder {
  /** As turns that don't go to the oldest would take them. */
  readonly preferred: readonly Task[];
  readonly byAge: readonly Task[];
  /** Every how many turns one goes to the oldest (Infinity: never), and how many turns were taken so far. */
  readonly oldestEvery: number;
  readonly turns: number;
  /** How many turns of the class a newcomer lets pass: 0 goes first, Infinity last. */
  readonly newcomerWaits: number;
}

export interface ClassQueue {
  readonly size: number;
  add(task: Task): void;
  /** The task leaves without a turn (cancelled). It has to be there, as for `start`. */
  remove(task: Task): void;
  /** The task's turn is used: it runs now. */
  start(task: Task): void;
  view(): ClassView;
  order(): ClassOrder;
}

/** Longest waiting first; equal only for the same task. */
export function byAge(a: Task, b: Task): number {
  return a.createdAt - b.createdAt || compareText(a.id, b.id);
}

/** Higher priority, then newest commit. */
export function byNewest(a: Task, b: Task): number {
  return b.priority - a.priority || b.commitAt - a.commitAt || byAge(a, b);
}

/** Higher priority, then first come. */
export function byArrival(a: Task, b: Task): number {
  return b.priority - a.priority || byAge(a, b);
}
