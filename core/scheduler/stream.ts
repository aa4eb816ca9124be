/** The arrivals of one class in one possible future. */
import type { Arrival, ArrivalHistory } from './arrivals.ts';
import { firstIndex } from './sorted.ts';
import type { Task } from './types.ts';

export interface Stream {
  /** When the next one arrives; infinite when none will. */
  readonly next: () => number;
  /** Lets it pass, and says its number. */
  readonly pass: () => number;
  readonly task: (number: number) => Task;
}

/** Arrivals this close together have one cause (one commit, one patch set), and tell of the rate once. */
const burstMs = 5_000;

/** The past again, from a drawn moment on, around again when it is used up, and faster or slower as its rate is uncertain. */
export function createStream(at: number, history: ArrivalHistory, random: () => number): Stream {
  const { arrivals, start, spanMs } = history;
  const offset = random() * spanMs;
  const pace = Math.exp(normal(random) / Math.sqrt(burstsOf(arrivals) + 1));
  let index = firstIndex(arrivals, (arrival) => arrival.at - start >= offset);
  let rounds = 0;
  let passed = 0;
  function wrap(): void {
    if (index < arrivals.length) return;
    index = 0;
    rounds++;
  }
  wrap();
  return {
    next() {
      const arrival = arrivals[index];
      if (arrival === undefined) return Number.POSITIVE_INFINITY;
      return at + (arrival.at - start - offset + rounds * spanMs) * pace;
    },
    pass() {
      const number = -1 - index;
      passed++;
      if (passed < (arrivals[index] as Arrival).weight) return number;
      passed = 0;
      index++;
      wrap();
      return number;
    },
    task: (number) => (arrivals[-1 - number] as Arrival).task,
  };
}

function burstsOf(arrivals: readonly Arrival[]): number {
  let bursts = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (const { at } of arrivals) {
    if (at - last > burstMs) bursts++;
    last = at;
  }
  return bursts;
}

/** A draw from the standard normal distribution (G. Box and M. Muller, 1958). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
