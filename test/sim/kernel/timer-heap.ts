/** Timers by time, then by the order in which they were set. */
import type { Owner } from './kernel.ts';

export interface TimerEntry {
  readonly at: number;
  readonly order: number;
  readonly owner: Owner;
  run: () => void;
  cancelled: boolean;
}

export interface TimerHeap {
  add(at: number, owner: Owner, run: () => void): TimerEntry;
  cancel(entry: TimerEntry): void;
  /** Takes out the next one that is due at `limit` or before; a cancelled one never comes. */
  pop(limit: number): TimerEntry | undefined;
}

function nothing(): void {}

export function createTimerHeap(): TimerHeap {
  let entries: TimerEntry[] = [];
  let order = 0;
  let cancelled = 0;

  function isBefore(left: TimerEntry, right: TimerEntry): boolean {
    return left.at < right.at || (left.at === right.at && left.order < right.order);
  }

  function up(index: number): void {
    const moving = entries[index];
    if (moving === undefined) return;
    let at = index;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = entries[parent];
      if (above === undefined || isBefore(above, moving)) break;
      entries[at] = above;
      at = parent;
    }
    entries[at] = moving;
  }

  function down(index: number): void {
    const moving = entries[index];
    if (moving === undefined) return;
    let at = index;
    for (;;) {
      let child = 2 * at + 1;
      const left = entries[child];
      if (left === undefined) break;
      const right = entries[child + 1];
      let below = left;
      if (right !== undefined && isBefore(right, left)) {
        below = right;
        child++;
      }
      if (isBefore(moving, below)) break;
      entries[at] = below;
      at = child;
    }
    entries[at] = moving;
  }

  function take(): TimerEntry | undefined {
    const first = entries[0];
    const last = entries.pop();
    if (first === undefined || last === undefined) return undefined;
    if (entries.length > 0) {
      entries[0] = last;
      down(0);
    }
    return first;
  }

  /** Most timers of a farm are cancelled; left in place they would make every other one slower. */
  function sweep(): void {
    entries = entries.filter((entry) => !entry.cancelled);
    cancelled = 0;
    for (let index = (entries.length >> 1) - 1; index >= 0; index--) down(index);
  }

  return {
    add(at, owner, run) {
      const entry: TimerEntry = { at, order: order++, owner, run, cancelled: false };
      entries.push(entry);
      up(entries.length - 1);
      return entry;
    },
    cancel(entry) {
      if (entry.cancelled) return;
      entry.cancelled = true;
      entry.run = nothing;
      cancelled++;
      if (cancelled > 1024 && cancelled > entries.length / 2) sweep();
    },
    pop(limit) {
      for (let first = entries[0]; first !== undefined && first.at <= limit; first = entries[0]) {
        take();
        if (!first.cancelled) {
          first.cancelled = true;
          return first;
        }
        cancelled--;
      }
      return undefined;
    },
  };
}
