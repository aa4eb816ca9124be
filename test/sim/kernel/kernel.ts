/**
 * Time and turns of the bottle. One event at a time: its callback, then every promise that it made ready, then the next one. No
 * real timer, thread or socket takes part, so the same seed gives the same order for ever.
 */
import { drainMicrotasks } from 'bun:jsc';
import type { Timer } from '../../../agent/kit/clock.ts';
import { createTimerHeap } from './timer-heap.ts';

/** A process of the farm, or a machine's own kernel: whose turn it is. What belongs to a dead one never gets another turn. */
export interface Owner {
  readonly name: string;
  alive: boolean;
}

export interface Kernel {
  /** Virtual milliseconds since the start. */
  readonly now: number;
  /** Events so far. */
  readonly steps: number;
  /** Whose code runs now. */
  readonly current: Owner;
  after(owner: Owner, ms: number, run: () => void): Timer;
  /** Runs the next event that is due until `limit`; false when there is none, and then it is `limit`. */
  step(limit: number): boolean;
  /** For `setImmediate` of the product. */
  immediate(run: () => void): void;
  /** Called after each event, once everything has settled. */
  onStep(check: () => void): void;
}

export const world: Owner = { name: 'world', alive: true };

/** The kernel whose event runs now; the stand-ins for node's modules find theirs here. */
let running: Kernel | undefined;

export function runningKernel(): Kernel {
  if (running === undefined) throw new Error('No farm is in the bottle');
  return running;
}

export function createKernel(): Kernel {
  const heap = createTimerHeap();
  const immediates: { readonly owner: Owner; readonly run: () => void }[] = [];
  const checks: (() => void)[] = [];
  let now = 0;
  let steps = 0;
  let current: Owner = world;

  function turn(owner: Owner, run: () => void): void {
    current = owner;
    run();
    drainMicrotasks();
    while (immediates.length > 0) {
      const next = immediates.shift();
      if (next === undefined || !next.owner.alive) continue;
      current = next.owner;
      next.run();
      drainMicrotasks();
    }
    current = world;
  }

  const kernel: Kernel = {
    get now() {
      return now;
    },
    get steps() {
      return steps;
    },
    get current() {
      return current;
    },
    after(owner, ms, run) {
      const entry = heap.add(now + Math.max(0, ms), owner, run);
      return {
        cancel: () => heap.cancel(entry),
      };
    },
    step(limit) {
      for (;;) {
        const next = heap.pop(limit);
        if (next === undefined) {
          now = Math.max(now, limit);
          return false;
        }
        if (!next.owner.alive) continue;
        now = Math.max(now, next.at);
        steps++;
        running = kernel;
        turn(next.owner, next.run);
        for (const check of checks) check();
        return true;
      }
    },
    immediate(run) {
      if (current.alive) immediates.push({ owner: current, run });
    },
    onStep: (check) => checks.push(check),
  };
  return kernel;
}

const realImmediate = globalThis.setImmediate;

/**
 * Runs `work` where promises can be settled from inside: in a turn of the real event loop that no promise began. From then on the
 * product's own `setImmediate`, its only use of a turn, is a turn of the bottle.
 */
export function inBottle<T>(work: () => T): Promise<T> {
  Object.assign(globalThis, { setImmediate: (run: () => void) => runningKernel().immediate(run) });
  return new Promise((resolve, reject) => {
    realImmediate(() => {
      try {
        resolve(work());
      } catch (error) {
        reject(error);
      }
    });
  });
}
